/** Walks over the index of a stream (section 4) to find its end. The decoder verifies its contents. */
export class XzIndexWalk {
  done = false;
  /** Remaining numbers: the number of records, then two per record. Undefined until the first is known. */
  #numbersLeft: number | undefined;
  #value = 0;
  #scale = 1;
  #bytes = 0;
  #restAfterNumbers = 0;

  push(byte: number): void {
    this.#bytes += 1;
    if (this.#bytes === 1) return;
    if (this.#numbersLeft !== 0) this.#number(byte);
    else if (this.#restAfterNumbers > 0) this.#restAfterNumbers -= 1;
    this.done = this.#numbersLeft === 0 && this.#restAfterNumbers === 0;
  }

  #number(byte: number): void {
    this.#value += (byte & 0x7f) * this.#scale;
    this.#scale *= 128;
    if (byte >= 0x80) return;
    this.#numbersLeft = this.#numbersLeft === undefined ? this.#value * 2 : this.#numbersLeft - 1;
    this.#value = 0;
    this.#scale = 1;
    // Padding to a multiple of four, then a CRC-32.
    if (this.#numbersLeft === 0) this.#restAfterNumbers = ((4 - (this.#bytes % 4)) % 4) + 4;
  }
}
