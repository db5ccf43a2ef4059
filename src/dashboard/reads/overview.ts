import type { OpenGroup } from '../../registry/port.js';
import { isRed } from '../../registry/queries/red.js';
import type { Need, Overview, RunInfo } from '../api.js';
import type { CensusTaker } from './census.js';
import type { Counts } from './counts.js';
import type { OpenDrift } from './drift.js';
import { cut, time } from './stored.js';

/** The first page: can everything be brought back, and what waits for a person. */
export class OverviewReads {
  readonly #parts: { census: CensusTaker; counts: Counts };

  constructor(parts: { census: CensusTaker; counts: Counts }) {
    this.#parts = parts;
  }

  async get(): Promise<Overview> {
    const { census, counts } = this.#parts;
    const counted = census.current();
    const [drift, waiting, open, jobs, watch] = await Promise.all([
      counts.drift.get(),
      counts.review.get(),
      counts.open.get(),
      counts.jobs.get(),
      counts.watch.get(),
    ]);
    const needs = [
      ...driftNeeds(drift),
      ...reviewNeeds(waiting),
      ...open.filter((group) => isRed(group) && group.code !== 'drift.detected').map(groupNeed),
      ...(watch?.red ?? []).filter((one) => !one.explained).map(watchNeed),
      ...jobs.filter((job) => job.silent).map(silentNeed),
    ];
    return {
      census: counted,
      needs: needs.sort((a, b) => rank(a) - rank(b)),
      jobs,
      expectations: watch === null ? null : { expected: watch.expected, red: watch.red.length },
    };
  }

  /** Has an answer ready for whoever comes next. What fails is told to them, when they ask. */
  async warm(): Promise<void> {
    await this.get().catch(() => undefined);
  }
}

function rank(need: Need): number {
  return need.severity === 'error' ? 0 : 1;
}

function driftNeeds(open: OpenDrift): Need[] {
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

/** One line for each code of a job's ledger: how many, since when, and which one for example. */
function groupNeed({ job, scope, code, count, oldestAt, sample }: OpenGroup): Need {
  const example = count === 1 ? '' : 'for example ';
  const isListing = job === 'listings verify';
  return {
    kind: isListing ? 'listings' : 'finding',
    severity: 'error',
    count,
    title: code,
    detail: `${example}${cut(sample.subject, 300)}: ${cut(sample.message, 300)} (${job})`,
    since: time(oldestAt),
    href: isListing ? `/listings?scope=${encodeURIComponent(scope)}` : `/runs/${sample.runId}`,
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
