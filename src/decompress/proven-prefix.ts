/**
 * Tracks how much of a decoder's output is covered by verified checksums. A decoder verifies the checksum of one part
 * (a zstd frame, an xz block) before it outputs the next, so output beyond the end of a part proves the part.
 */
export class ProvenPrefix {
  /** Whether every part so far has a checksum. */
  all = true;
  readonly #ends: number[] = [];
  #endsAt: number | undefined = 0;
  #proven = 0;

  /** Adds the next part: the size of its output, if known, and whether it has a checksum. */
  part(outputBytes: number | undefined, checksummed: boolean): void {
    this.all &&= checksummed;
    if (this.#endsAt === undefined) return;
    this.#endsAt = this.all && outputBytes !== undefined ? this.#endsAt + outputBytes : undefined;
    if (this.#endsAt !== undefined) this.#ends.push(this.#endsAt);
  }

  /** How many bytes from the start are proven after `outputAt` bytes of output. */
  upTo(outputAt: number): number {
    while (this.#ends[0] !== undefined && this.#ends[0] < outputAt) this.#proven = this.#ends.shift() ?? 0;
    return this.#proven;
  }
}
