/**
 * Caches the result of one query for all callers, with at most one query running at a time. A result older than
 * `freshMs` is still returned until it is `usableMs` old, while a new query runs in the background. Errors are passed
 * to the caller and not cached.
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
        // Dropped while the query ran: this result may predate the change.
        if (this.#value !== before) return;
        this.#value = Promise.resolve(value);
        this.#askedAt = askedAt;
      })
      // The next caller after `usableMs` repeats the query and gets the error.
      .catch(() => undefined)
      .finally(() => {
        this.#renewing = false;
      });
  }

  /** Drops the cached result after a change: the next caller gets a new one. */
  forget(): void {
    this.#value = undefined;
  }
}
