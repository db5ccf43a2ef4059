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

/** A hundred open tabs ask the database as often as one. Older than the second nobody is shown anything. */
const PAGES = { freshMs: 3000, usableMs: 30_000 };
/** Scrapes are further apart; several Prometheus servers ask once. */
const SCRAPES = { freshMs: 5000, usableMs: 5000 };

/** What a decision may have changed of what is counted here. */
export type Part = 'drift' | 'review';

export interface CountParts {
  source: DashboardSource;
  drift: DriftReads;
  review: ReviewReads;
  runs: RunReads;
  now: () => number;
}

/**
 * The counts that several pages show, each kept for itself: a decision forgets those that it is about, and whoever
 * decided waits for no other. Runs and findings are what jobs write; no decision changes them.
 */
export class Counts {
  readonly drift: Cached<OpenDrift>;
  readonly driftByType: Cached<Record<string, number>>;
  readonly review: Cached<ReviewCounts>;
  /** Everything that is open, of every job. */
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

  /** Something was changed: what was counted before it is shown to nobody. */
  forget(parts: readonly Part[]): void {
    const concerned = { drift: [this.drift, this.driftByType, this.open], review: [this.review] };
    for (const part of parts) for (const count of concerned[part]) count.forget();
  }
}
