/**
 * One answer for all who ask within a moment, and one question at a time. An answer that is not fresh any more is
 * still given for a while, and asked again behind its back, so that nobody waits. Errors are told and not kept.
 */
export class Cached<T> {
  #value: Promise<T> | undefined;
  #askedAt = 0;
  #renewing = false;
  readonly #ask: () => Promise<T>;
  readonly #limits: { freshMs: number; usableMs: number };
  readonly #now: () => number;

  constructor(ask: () => Promise<T>, limits: { freshMs: number; usableMs: number }, now: () => number) {
    this.#ask = ask;
    this.#limits = limits;
    this.#now = now;
  }

  get(): Promise<T> {
    const age = this.#now() - this.#askedAt;
    if (this.#value === undefined || age > this.#limits.usableMs) return this.#begin();
    if (age > this.#limits.freshMs) this.#renew();
    return this.#value;
  }

  #begin(): Promise<T> {
    this.#askedAt = this.#now();
    const asked = this.#ask();
    this.#value = asked;
    asked.catch(() => {
      if (this.#value === asked) this.#value = undefined;
    });
    return asked;
  }

  #renew(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    const [before, askedAt] = [this.#value, this.#now()];
    void this.#ask()
      .then((value) => {
        // What was forgotten meanwhile may have been read before the change.
        if (this.#value !== before) return;
        this.#value = Promise.resolve(value);
        this.#askedAt = askedAt;
      })
      // It is asked again by whoever comes after the old answer's time, and they are told.
      .catch(() => undefined)
      .finally(() => {
        this.#renewing = false;
      });
  }

  /** Something was changed: the next who asks gets a new answer. */
  forget(): void {
    this.#value = undefined;
  }
}
