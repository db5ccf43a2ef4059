import { type Clock, systemClock } from '../core/clock.js';
import type { Database } from '../registry/database.js';

/** The time of the database on this host, so that hosts whose clocks differ write the same time. */
export class DatabaseClock implements Clock {
  #aheadMs = 0;

  static async set(database: Database): Promise<DatabaseClock> {
    const clock = new DatabaseClock();
    await clock.#ask(database);
    return clock;
  }

  async #ask(database: Database): Promise<void> {
    const askedMs = performance.now();
    const { rows } = await database.query<{ ms: number }>(
      'select (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::double precision as ms',
    );
    const theirs = Number(rows[0]?.ms);
    // Its answer is from the middle of the time that the question took.
    this.#aheadMs = theirs + (performance.now() - askedMs) / 2 - Date.now();
  }

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}
