import type { Need, Overview, RunInfo } from '../api.js';
import type { DashboardSource } from '../port.js';
import { Cached } from './cached.js';
import type { CensusTaker } from './census.js';
import type { DriftReads } from './drift.js';
import type { ListingReads } from './listings.js';
import type { ReviewReads } from './review.js';
import type { RunReads } from './runs.js';

/** A hundred open tabs ask the database as often as one. */
const FRESH_MS = 3000;
/** Older than this nobody is shown it, even while it is asked again. */
const USABLE_MS = 30_000;

export interface OverviewParts {
  source: DashboardSource;
  census: CensusTaker;
  drift: DriftReads;
  review: ReviewReads;
  listings: ListingReads;
  runs: RunReads;
  now: () => number;
}

/** The first page: can everything be brought back, and what waits for a person. */
export class OverviewReads {
  readonly #live: Cached<Omit<Overview, 'census'>>;

  constructor(private readonly parts: OverviewParts) {
    this.#live = new Cached(() => this.#ask(), { freshMs: FRESH_MS, usableMs: USABLE_MS }, parts.now);
  }

  async get(): Promise<Overview> {
    const census = this.parts.census.current();
    return { census, ...(await this.#live.get()) };
  }

  /** Has an answer ready for whoever comes next. What fails is told to them, when they ask. */
  async warm(): Promise<void> {
    await this.#live.get().catch(() => undefined);
  }

  /** Something was changed: what was read before it is shown to nobody. */
  forget(): void {
    this.#live.forget();
    void this.warm();
  }

  async #ask(): Promise<Omit<Overview, 'census'>> {
    const { source, drift, review, listings, runs } = this.parts;
    const [open, waiting, violations, jobs, watch] = await Promise.all([
      drift.open(),
      review.waiting(),
      listings.openViolations(),
      runs.newestPerScope(),
      source.watch(),
    ]);
    const needs = [
      ...driftNeeds(open),
      ...reviewNeeds(waiting),
      ...violations.map(violationNeed),
      ...(watch?.red ?? []).map(watchNeed),
      ...jobs.filter((job) => job.silent).map(silentNeed),
    ];
    return {
      needs: needs.sort((a, b) => rank(a) - rank(b)),
      jobs,
      expectations: watch === null ? null : { expected: watch.expected, red: watch.red.length },
    };
  }
}

function rank(need: Need): number {
  return need.severity === 'error' ? 0 : 1;
}

function driftNeeds(open: { count: number; corrupt: number; since: string | null }): Need[] {
  if (open.count === 0) return [];
  return [
    {
      kind: 'drift',
      severity: 'error',
      count: open.count,
      title: open.count === 1 ? 'file differs from its record' : 'files differ from their records',
      detail:
        open.corrupt > 0
          ? `${open.corrupt} changed without a change of size or time, as failing storage does. Accept the new content or reject it.`
          : 'Accept the new content or reject it.',
      since: open.since,
      href: '/drift?state=open',
    },
  ];
}

function reviewNeeds(count: number): Need[] {
  if (count === 0) return [];
  return [
    {
      kind: 'review',
      severity: 'warning',
      count,
      title: count === 1 ? 'missing file has candidates in doubt' : 'missing files have candidates in doubt',
      detail: 'Say which candidate is the file, or that none is.',
      since: null,
      href: '/review',
    },
  ];
}

function violationNeed(open: { job: string; scope: string; count: number; since: string }): Need {
  return {
    kind: 'listings',
    severity: 'error',
    count: open.count,
    title: open.count === 1 ? 'open finding that counts' : 'open findings that count',
    detail: `${open.job}, ${open.scope}`,
    since: open.since,
    href: `/listings?scope=${encodeURIComponent(open.scope)}`,
  };
}

function watchNeed(red: { subject: string; message: string }): Need {
  return {
    kind: 'watchdog',
    severity: 'error',
    count: 1,
    title: 'job is not as expected',
    detail: red.message,
    since: null,
    href: '/runs',
  };
}

function silentNeed(run: RunInfo): Need {
  return {
    kind: 'silent',
    severity: 'error',
    count: 1,
    title: 'run gives no sign of life',
    detail: `${run.job} on ${run.scope} from ${run.host}`,
    since: run.heartbeat_at,
    href: `/runs/${run.id}`,
  };
}
