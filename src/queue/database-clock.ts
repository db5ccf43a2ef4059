import { type Clock, systemClock } from '../core/clock.js';
import type { Database } from '../registry/database.js';

/** Interval between clock comparisons; clocks drift by less than a millisecond in it. */
const FRESH_MS = 30_000;

/**
 * The time of the database on this host, so that hosts whose clocks differ, or are wrong, write the same time. Follows
 * this host's monotonic clock, which nobody sets, and asks again now and then.
 */
export class DatabaseClock implements Clock {
  readonly #database: Database;
  #theirsMs = 0;
  #atMs = 0;
  #asking = false;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async set(database: Database): Promise<DatabaseClock> {
    const clock = new DatabaseClock(database);
    await clock.#ask();
    return clock;
  }

  async #ask(): Promise<void> {
    const askedMs = performance.now();
    const { rows } = await this.#database.query<{ ms: number }>(
      'select (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::double precision as ms',
    );
    const answeredMs = performance.now();
    // Its answer is from the middle of the time that the question took.
    const theirsMs = Number(rows[0]?.ms) + (answeredMs - askedMs) / 2;
    // Never back: what was written after must not look older than what was written before.
    this.#theirsMs = Math.max(theirsMs, this.#theirsMs === 0 ? 0 : this.#nowMs());
    this.#atMs = answeredMs;
  }

  now(): Date {
    if (performance.now() - this.#atMs > FRESH_MS && !this.#asking) {
      this.#asking = true;
      this.#ask()
        // A database that is away is noticed by whoever writes to it; the time goes on.
        .catch(() => undefined)
        .finally(() => {
          this.#asking = false;
        });
    }
    return new Date(this.#nowMs());
  }

  #nowMs(): number {
    return this.#theirsMs + (performance.now() - this.#atMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}
