import { Failure } from '../core/failure.js';
import { byKey } from '../core/groups.js';
import type { OpenGroup, RunRecord } from '../registry/port.js';

/** One line of `watchdog.expect`. */
export interface Expectation {
  job: string;
  /** A qualifying run must have ended successfully within this time. */
  withinMs: number;
  /** As stored in `salvor.runs`. Absent: every scope that ever had a qualifying run. */
  scope?: string;
  /** Absent: every host that ever had a qualifying run, each separately. `*`: whichever host ran last. */
  host?: string;
}

export type Verdict =
  | 'green'
  | 'never_ran'
  | 'overdue'
  | 'running_late'
  | 'died'
  | 'ended_badly'
  /** The last run succeeded but was partial, and findings of earlier runs are still open. */
  | 'still_red'
  | 'clock_skew';

/** The result for one expectation on one scope and host. */
export interface Judgement {
  job: string;
  /** Null if no run was ever seen. */
  scope: string | null;
  host: string | null;
  withinMs: number;
  verdict: Verdict;
  /** The newest qualifying run. */
  run: RunRecord | null;
  /** The newest qualifying run that ended, if that is another. */
  lastEnded: RunRecord | null;
  /** Time since that run ended, or since the last heartbeat of one that died; null if there is none. */
  ageMs: number | null;
  /** The number of runs that do not qualify; they are ignored. */
  notQualifying: number;
  /** The newest non-qualifying run, if it ended after the newest qualifying run that ended. */
  ignored: RunRecord | null;
  /** The open errors in this job's ledger. */
  open: readonly OpenGroup[];
}

/** A run without a heartbeat for this long is dead; heartbeats are sent every 15 s. */
const DEAD_AFTER_MS = 5 * 60_000;
/** Clocks synchronized by NTP differ by less. The age of a run further in the future is unknown. */
const MAX_SKEW_MS = 5 * 60_000;
const ANY_HOST = '*';

/**
 * Compares the runs with the expectations: one judgement per expectation, scope and host. For each job, scope and host,
 * `runs` must contain at least the newest run, the newest qualifying run, and the newest qualifying run that ended.
 * Further runs and their order make no difference.
 *
 * Red unless proven green: the newest qualifying run must have ended with exit code 0 within the expected time. A run
 * that is still active does not change the verdict of the run before it.
 * @throws Failure `watchdog.nothing_expected`
 */
export function evaluateExpectations(
  expectations: readonly Expectation[],
  runs: readonly RunRecord[],
  now: Date,
  red: readonly OpenGroup[] = [],
): Judgement[] {
  if (expectations.length === 0) {
    throw new Failure(
      'watchdog.nothing_expected',
      'no expectations are configured, so there is nothing to check',
      {
        hint: 'list the jobs under watchdog: { expect: [ { job: listings verify, within: 26h } ] }',
      },
    );
  }
  const byJob = byKey(runs, ({ job }) => job);
  const byScope = byKey(runs, ({ job, scope }) => JSON.stringify([job, scope]));
  const open = byKey(red, ({ job, scope }) => JSON.stringify([job, scope]));
  return expectations.flatMap((expectation) => {
    const { job, scope } = expectation;
    const ofJob = scope === undefined ? byJob.get(job) : byScope.get(JSON.stringify([job, scope]));
    const mine = (ofJob ?? []).filter(({ host }) => isAnyHost(expectation.host) || host === expectation.host);
    const groups = groupsOf(
      expectation,
      mine.filter((run) => run.qualifying),
    );
    if (groups.length === 0) return [neverSeen(expectation, mine)];
    const uncounted = byKey(
      mine.filter((run) => !run.qualifying),
      (run) => run.scope,
    );
    return groups.map((group) => judgeGroup(expectation, group, { now, open, uncounted }));
  });
}

/** What groups of runs are judged by. */
interface Context {
  now: Date;
  /** Open errors by job and scope of their ledger. */
  open: ReadonlyMap<string, readonly OpenGroup[]>;
  /** Runs that do not qualify, by scope. */
  uncounted: ReadonlyMap<string, readonly RunRecord[]>;
}

function isAnyHost(host: string | undefined): boolean {
  return host === undefined || host === ANY_HOST;
}

interface Group {
  scope: string;
  /** Null if any host will do. */
  host: string | null;
  /** Qualifying runs, newest first; never empty. */
  newest: RunRecord;
  older: RunRecord[];
}

function groupsOf(expectation: Expectation, qualifying: readonly RunRecord[]): Group[] {
  const byTarget = byKey(qualifying, (run) =>
    JSON.stringify([run.scope, expectation.host === ANY_HOST ? null : run.host]),
  );
  return [...byTarget.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, runs]) => {
      const [newest, ...older] = runs.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
      if (newest === undefined) return [];
      return [
        { scope: newest.scope, host: expectation.host === ANY_HOST ? null : newest.host, newest, older },
      ];
    });
}

function neverSeen(expectation: Expectation, others: readonly RunRecord[]): Judgement {
  return {
    job: expectation.job,
    scope: expectation.scope ?? null,
    host: isAnyHost(expectation.host) ? null : (expectation.host ?? null),
    withinMs: expectation.withinMs,
    verdict: 'never_ran',
    run: null,
    lastEnded: null,
    ageMs: null,
    notQualifying: others.length,
    ignored: newestEnded(others, null),
    open: [],
  };
}

function judgeGroup(
  expectation: Expectation,
  group: Group,
  { now, open: errors, uncounted }: Context,
): Judgement {
  const { scope, host, newest } = group;
  const lastEnded = isUnderWay(newest, now)
    ? (group.older.find((run) => !isUnderWay(run, now)) ?? null)
    : newest;
  const others = (uncounted.get(scope) ?? []).filter((run) => host === null || run.host === host);
  const ledger = (lastEnded ?? newest).ledgerScope;
  const open = errors.get(JSON.stringify([expectation.job, ledger])) ?? [];
  return {
    job: expectation.job,
    scope,
    host,
    withinMs: expectation.withinMs,
    verdict: verdictOn(newest, lastEnded, open.length > 0, { withinMs: expectation.withinMs, now }),
    run: newest,
    lastEnded: lastEnded === newest ? null : lastEnded,
    ageMs: lastEnded === null ? null : ageOf(lastEnded, now),
    notQualifying: others.length,
    ignored: newestEnded(others, lastEnded),
    open,
  };
}

/** The newest run that has ended, if it started after another one. */
function newestEnded(runs: readonly RunRecord[], after: RunRecord | null): RunRecord | null {
  const ended = runs.filter(
    (run) => run.status !== 'running' && (after === null || run.startedAt > after.startedAt),
  );
  return ended.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0] ?? null;
}

/** A complete run has updated all of its ledger; after a partial run the ledger may have more open findings. */
function verdictOn(
  newest: RunRecord,
  lastEnded: RunRecord | null,
  hasOpen: boolean,
  { withinMs, now }: { withinMs: number; now: Date },
): Verdict {
  if ([newest, lastEnded].some((run) => run !== null && isFromTheFuture(run, now))) return 'clock_skew';
  if (lastEnded === null) return 'never_ran';
  if (isDead(lastEnded, now)) return 'died';
  if (lastEnded.exitCode !== 0) return 'ended_badly';
  if (lastEnded.status === 'partial' && hasOpen) return 'still_red';
  if (ageOf(lastEnded, now) <= withinMs) return 'green';
  return lastEnded === newest ? 'overdue' : 'running_late';
}

function isUnderWay(run: RunRecord, now: Date): boolean {
  return run.status === 'running' && now.getTime() - run.heartbeatAt.getTime() <= DEAD_AFTER_MS;
}

/** Still open but without a heartbeat, or closed by another process that found it dead (`run.died` in its summary). */
function isDead(run: RunRecord, now: Date): boolean {
  if (run.status === 'running') return !isUnderWay(run, now);
  if (run.status !== 'incomplete') return false;
  const error: unknown = run.summary?.error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return run.exitCode === null || code === 'run.died';
}

function isFromTheFuture(run: RunRecord, now: Date): boolean {
  const times = [run.startedAt, run.heartbeatAt, ...(run.finishedAt === null ? [] : [run.finishedAt])];
  return times.some((time) => time.getTime() - now.getTime() > MAX_SKEW_MS);
}

function ageOf(run: RunRecord, now: Date): number {
  const ended = isDead(run, now) ? run.heartbeatAt : (run.finishedAt ?? run.heartbeatAt);
  return Math.max(0, now.getTime() - ended.getTime());
}
