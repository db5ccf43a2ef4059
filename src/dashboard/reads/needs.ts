import type { OpenGroup } from '../../registry/port.js';
import type { OpenDrift } from '../../registry/queries/dashboard/drift.js';
import type { ReviewCounts } from '../../registry/queries/dashboard/review.js';
import { cut, time } from '../../registry/queries/dashboard/stored.js';
import { isRed } from '../../registry/queries/red.js';
import type { Need } from '../api/overview.js';
import type { RunInfo } from '../api/runs.js';
import type { WatchReport } from '../port.js';
import { causeAction, causeWords, nextCommand } from './cause-words.js';

/** Longer names and messages are cut: the page of the finding has the whole. */
const SUBJECT_CHARS = 300;

/** Jobs that get a line each. */
const MAX_JOBS = 5;

/** Everything that the first page counts. */
export interface Counted {
  drift: OpenDrift;
  review: ReviewCounts;
  open: readonly OpenGroup[];
  watch: WatchReport | null;
  jobs: readonly RunInfo[];
}

/** One entry for each cause that needs a person, errors first. Red is only what the ledger, or the watchdog, says. */
export function needsOf({ drift, review, open, watch, jobs }: Counted): Need[] {
  const needs = [
    ...driftNeeds(drift),
    ...open.filter((group) => isRed(group) && group.code !== 'drift.detected').map(groupNeed),
    ...watchNeeds((watch?.red ?? []).filter((one) => !one.explained)),
    ...jobs.filter((job) => job.silent).map(silentNeed),
    ...reviewNeeds(review),
  ];
  return needs.sort((a, b) => rank(a) - rank(b));
}

function rank(need: Need): number {
  return need.severity === 'error' ? 0 : 1;
}

/** The page that lists every subject of one cause. */
function findingsHref({ job, scope, code }: Pick<OpenGroup, 'job' | 'scope' | 'code'>): string {
  return `/findings?${new URLSearchParams({ job, scope, code })}`;
}

function groupNeed({ job, scope, code, count, oldestAt, sample }: OpenGroup): Need {
  return {
    kind: job === 'listings verify' ? 'listings' : 'finding',
    severity: 'error',
    code,
    count,
    title: causeWords(code, count),
    subject: cut(sample.subject, SUBJECT_CHARS),
    detail: cut(sample.message, SUBJECT_CHARS),
    action: causeAction(code),
    command: nextCommand({ code, scope, sample }),
    job,
    since: time(oldestAt),
    href: findingsHref({ job, scope, code }),
  };
}

function driftNeeds(open: OpenDrift): Need[] {
  if (open.count === 0) return [];
  const corrupt =
    open.corrupt === 0
      ? ''
      : `${open.corrupt} changed without a change of size or time, as failing storage does. `;
  return [
    {
      kind: 'drift',
      severity: 'error',
      code: 'drift.detected',
      count: open.count,
      title: causeWords('drift.detected', open.count),
      subject: open.paths.map((path) => cut(path, SUBJECT_CHARS)).join(', ') || null,
      detail: `${corrupt}Accept the new content or reject it.`,
      action: null,
      command: 'salvor drift list',
      job: null,
      since: open.since,
      href: '/drift?state=open',
    },
  ];
}

function reviewNeeds({ waiting, decided }: ReviewCounts): Need[] {
  const need = (
    count: number,
    title: string,
    detail: string,
    more: Pick<Need, 'command' | 'href'>,
  ): Need => ({
    kind: 'review',
    severity: 'warning',
    code: null,
    count,
    title,
    subject: null,
    detail,
    action: null,
    job: null,
    since: null,
    ...more,
  });
  return [
    ...(waiting === 0
      ? []
      : [
          need(
            waiting,
            waiting === 1 ? 'missing file has possible matches' : 'missing files have possible matches',
            'Say which candidate is the file, or that none is.',
            { command: 'salvor recovery review', href: '/review' },
          ),
        ]),
    ...(decided === 0
      ? []
      : [
          need(
            decided,
            decided === 1 ? 'decision is not carried out yet' : 'decisions are not carried out yet',
            'A decision takes effect when a new plan is made and applied.',
            {
              command: 'salvor recovery plan && salvor recovery apply .salvor/plan.json',
              href: '/review?show=decided',
            },
          ),
        ]),
  ];
}

/** A line for each job, up to a limit: after a night without power a fleet of a hundred hosts is one cause. */
function watchNeeds(red: WatchReport['red']): Need[] {
  const shown = red.slice(0, red.length > MAX_JOBS ? MAX_JOBS - 1 : MAX_JOBS);
  const rest = red.length - shown.length;
  const needs = shown.map(watchNeed);
  const [first] = needs;
  if (rest === 0 || first === undefined) return needs;
  const detail = 'The watchdog lists all of them.';
  return [
    ...needs,
    { ...first, count: rest, title: 'more jobs did not run as expected', subject: null, detail },
  ];
}

function watchNeed({ subject, message }: WatchReport['red'][number]): Need {
  return {
    kind: 'watchdog',
    severity: 'error',
    code: null,
    count: 1,
    title: 'job did not run as expected',
    subject: cut(subject, SUBJECT_CHARS),
    detail: message,
    action: null,
    command: 'salvor watchdog',
    job: null,
    since: null,
    href: '/runs',
  };
}

function silentNeed(run: RunInfo): Need {
  return {
    kind: 'silent',
    severity: 'error',
    code: null,
    count: 1,
    title: 'run is not responding',
    subject: run.scope,
    detail: `${run.job} on ${run.host} says that it is running, but has sent no heartbeat. Check its process.`,
    action: null,
    command: `salvor runs show ${run.id}`,
    job: run.job,
    since: run.heartbeat_at,
    href: `/runs/${run.id}`,
  };
}
