import type { CensusTaker } from '../../registry/queries/dashboard/census.js';
import type { Overview } from '../api/overview.js';
import type { Counts } from './counts.js';
import { needsOf } from './needs.js';

/** The Overview page: how much is recoverable, and what needs attention. */
export class OverviewReads {
  readonly #parts: { census: CensusTaker; counts: Counts };

  constructor(parts: { census: CensusTaker; counts: Counts }) {
    this.#parts = parts;
  }

  async get(): Promise<Overview> {
    const { census, counts } = this.#parts;
    const counted = census.current();
    const [drift, review, open, jobs, watch, verified] = await Promise.all([
      counts.drift.get(),
      counts.review.get(),
      counts.open.get(),
      counts.jobs.get(),
      counts.watch.get(),
      counts.verified.get(),
    ]);
    return {
      census: counted,
      needs: needsOf({ drift, review, open, watch, jobs }),
      jobs,
      expectations: watch === null ? null : { expected: watch.expected, red: watch.red.length },
      last_verified_at: verified,
    };
  }

  /** Fills the caches for the next request. Errors are ignored here: that request reports them. */
  async warm(): Promise<void> {
    await this.get().catch(() => undefined);
  }
}
