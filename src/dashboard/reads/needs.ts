import type { OpenGroup } from '../../registry/port.js';
import type { OpenDrift } from '../../registry/queries/dashboard/drift.js';
import type { ReviewCounts } from '../../registry/queries/dashboard/review.js';
import { cut, time } from '../../registry/queries/dashboard/stored.js';
import { isRed } from '../../registry/queries/red.js';
import type { Need } from '../api/overview.js';
import type { RunInfo } from '../api/runs.js';
import type { WatchReport } from '../port.js';
import { causeAction, causeWords, nextCommand } from './cause-words.js';

/** Longer names and messages are truncated; the page of the finding has the full text. */
const SUBJECT_CHARS = 300;

/** At most this many jobs get their own line. */
const MAX_JOBS = 5;

/** All counts on the Overview page. */
export interface Counted {
  drift: OpenDrift;
  review: ReviewCounts;
  open: readonly OpenGroup[];
  watch: WatchReport | null;
  jobs: readonly RunInfo[];
}

/** One entry for each issue, errors first. Only open findings and the watchdog make anything red. */
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
      : `${open.corrupt} changed with no change in size or time, which points to failing storage. `;
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
            'Choose the candidate that is the missing file, or reject them all.',
            { command: 'salvor recovery review', href: '/review' },
          ),
        ]),
    ...(decided === 0
      ? []
      : [
          need(
            decided,
            decided === 1 ? 'decision is not applied yet' : 'decisions are not applied yet',
            'A decision takes effect when a new plan is made and applied.',
            {
              command: 'salvor recovery plan && salvor recovery apply .salvor/plan.json',
              href: '/review?show=decided',
            },
          ),
        ]),
  ];
}

/** One line per job up to a limit, so that a power cut does not produce a hundred lines. */
function watchNeeds(red: WatchReport['red']): Need[] {
  const shown = red.slice(0, red.length > MAX_JOBS ? MAX_JOBS - 1 : MAX_JOBS);
  const rest = red.length - shown.length;
  const needs = shown.map(watchNeed);
  const [first] = needs;
  if (rest === 0 || first === undefined) return needs;
  const detail = 'The watchdog lists all of them.';
  return [
    ...needs,
    { ...first, count: rest, title: 'more jobs are overdue or failing', subject: null, detail },
  ];
}

function watchNeed({ subject, message }: WatchReport['red'][number]): Need {
  return {
    kind: 'watchdog',
    severity: 'error',
    code: null,
    count: 1,
    title: 'job is overdue or failing',
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
    detail: `${run.job} on ${run.host} is recorded as running but sends no heartbeats. Check its process.`,
    action: null,
    command: `salvor runs show ${run.id}`,
    job: run.job,
    since: run.heartbeat_at,
    href: `/runs/${run.id}`,
  };
}
