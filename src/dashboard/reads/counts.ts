import type { SeriesState } from '../../health/prometheus-text.js';
import type { OpenGroup } from '../../registry/port.js';
import type { DriftReads, OpenDrift } from '../../registry/queries/dashboard/drift.js';
import type { ReviewCounts, ReviewReads } from '../../registry/queries/dashboard/review.js';
import type { RunReads } from '../../registry/queries/dashboard/runs.js';
import { seriesStates } from '../../registry/queries/dashboard/series.js';
import { openGroups } from '../../registry/queries/red.js';
import type { RunInfo } from '../api/runs.js';
import type { DashboardSource, WatchReport } from '../port.js';
import { Cached } from './cached.js';

/** For pages: a hundred open tabs cause no more queries than one. Nothing older than `usableMs` is shown. */
const PAGES = { freshMs: 3000, usableMs: 30_000 };
/** For scrapes, which are less frequent. Several Prometheus servers share one query. */
const SCRAPES = { freshMs: 5000, usableMs: 5000 };

/** The counts that a decision can change. */
export type Part = 'drift' | 'review';

export interface CountParts {
  source: DashboardSource;
  drift: DriftReads;
  review: ReviewReads;
  runs: RunReads;
  now: () => number;
}

/**
 * Counts that several pages share, each cached separately. A decision drops only the counts it affects, so the next
 * page does not wait for the others. Only jobs write runs and findings, so most decisions leave those counts alone.
 */
export class Counts {
  readonly drift: Cached<OpenDrift>;
  readonly driftByType: Cached<Record<string, number>>;
  readonly review: Cached<ReviewCounts>;
  /** All open findings of all jobs. */
  readonly open: Cached<OpenGroup[]>;
  readonly jobs: Cached<RunInfo[]>;
  readonly series: Cached<SeriesState[]>;
  readonly watch: Cached<WatchReport | null>;
  readonly verified: Cached<string | null>;

  constructor({ source, drift, review, runs, now }: CountParts) {
    this.drift = new Cached(() => drift.open(), PAGES, now);
    this.driftByType = new Cached(() => drift.openByType(), SCRAPES, now);
    this.review = new Cached(() => review.counts(), PAGES, now);
    this.open = new Cached(() => openGroups(source.stateSql, source.ledgerSql), PAGES, now);
    this.jobs = new Cached(() => runs.newestPerScope(), PAGES, now);
    this.series = new Cached(() => seriesStates(source.stateSql), SCRAPES, now);
    this.watch = new Cached(() => source.watch(), PAGES, now);
    this.verified = new Cached(() => runs.lastVerified(), PAGES, now);
  }

  /** Drops the counts that a change made out of date. */
  forget(parts: readonly Part[]): void {
    const affected = { drift: [this.drift, this.driftByType, this.open], review: [this.review] };
    for (const part of parts) for (const count of affected[part]) count.forget();
  }
}
