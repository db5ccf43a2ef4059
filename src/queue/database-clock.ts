import { type Clock, systemClock } from '../core/clock.js';
import type { Database } from '../registry/database.js';

/** Clocks drift by less than a millisecond in this time. */
const FRESH_MS = 30_000;

/**
 * The database's time on this host, so that hosts with different or wrong clocks write consistent times. It follows
 * this host's monotonic clock, which nobody can set, and queries the database again from time to time.
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
    // Assume that the database read its clock in the middle of the round trip.
    const theirsMs = Number(rows[0]?.ms) + (answeredMs - askedMs) / 2;
    // Never backward: later writes must not look older than earlier ones.
    this.#theirsMs = Math.max(theirsMs, this.#theirsMs === 0 ? 0 : this.#nowMs());
    this.#atMs = answeredMs;
  }

  now(): Date {
    if (performance.now() - this.#atMs > FRESH_MS && !this.#asking) {
      this.#asking = true;
      this.#ask()
        // An unreachable database is noticed by the next write; until then the time continues.
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
