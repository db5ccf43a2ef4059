/** One answer for all who ask within a moment, and one question at a time. Errors are told and not kept. */
export class Cached<T> {
  #value: Promise<T> | undefined;
  #askedAt = 0;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly freshMs: number,
    private readonly now: () => number,
  ) {}

  get(): Promise<T> {
    if (this.#value !== undefined && this.now() - this.#askedAt <= this.freshMs) return this.#value;
    this.#askedAt = this.now();
    const asked = this.ask();
    this.#value = asked;
    asked.catch(() => {
      if (this.#value === asked) this.#value = undefined;
    });
    return asked;
  }

  /** Something was changed: the next who asks gets a new answer. */
  forget(): void {
    this.#value = undefined;
  }
}
