/**
 * How much of a decoder's output is covered by checksums that were compared. A decoder compares the checksum of one
 * part (a zstd frame, an xz block) before it gives output of the next, so output beyond a part's end proves the part.
 */
export class ProvenPrefix {
  /** Whether every part so far has a checksum. */
  all = true;
  readonly #ends: number[] = [];
  #endsAt: number | undefined = 0;
  #proven = 0;

  /** The next part: how long its output is, if that is known, and whether a checksum covers it. */
  part(outputBytes: number | undefined, checksummed: boolean): void {
    this.all &&= checksummed;
    if (this.#endsAt === undefined) return;
    this.#endsAt = this.all && outputBytes !== undefined ? this.#endsAt + outputBytes : undefined;
    if (this.#endsAt !== undefined) this.#ends.push(this.#endsAt);
  }

  /** How many bytes from the beginning are proven once `outputAt` bytes of output have come. */
  upTo(outputAt: number): number {
    while (this.#ends[0] !== undefined && this.#ends[0] < outputAt) this.#proven = this.#ends.shift() ?? 0;
    return this.#proven;
  }
}
