import type { CensusTaker } from '../../registry/queries/dashboard/census.js';
import type { Overview } from '../api/overview.js';
import type { Counts } from './counts.js';
import { needsOf } from './needs.js';

/** The first page: can everything be brought back, and what needs a person. */
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

  /** Has an answer ready for whoever comes next. What fails is told to them, when they ask. */
  async warm(): Promise<void> {
    await this.get().catch(() => undefined);
  }
}
