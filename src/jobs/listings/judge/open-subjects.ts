/**
 * Which subjects may have an open finding, in a few bytes each: the answer "no" is exact, and "yes" is wrong once in
 * billions. It spares a look at the registry for every archive that is in order and always was.
 */
export class OpenSubjects {
  readonly #hashes = new Set<number>();

  add(subject: string): void {
    this.#hashes.add(hash(subject));
  }

  mayHold(subject: string): boolean {
    return this.#hashes.size > 0 && this.#hashes.has(hash(subject));
  }
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}
