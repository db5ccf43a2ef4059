import { Failure } from '../core/failure.js';
import type { OpenGroup, RunRecord } from '../registry/port.js';

/** One line of `watchdog.expect`. */
export interface Expectation {
  job: string;
  /** A qualifying run must have ended well within this time. */
  withinMs: number;
  /** As `salvor.runs` has it. Absent: every scope on which a qualifying run was ever seen. */
  scope?: string;
  /** Absent: every host from which one was ever seen, each for itself. `*`: whichever host ran last. */
  host?: string;
}

export type Verdict =
  | 'green'
  | 'never_ran'
  | 'overdue'
  | 'running_late'
  | 'died'
  | 'ended_badly'
  /** The last run was fine as far as it went, and what earlier ones found is still open. */
  | 'still_red'
  | 'clock_skew';

/** What is so for one expectation on one scope and host. */
export interface Judgement {
  job: string;
  /** Null where none was ever seen. */
  scope: string | null;
  host: string | null;
  withinMs: number;
  verdict: Verdict;
  /** The newest qualifying run. */
  run: RunRecord | null;
  /** The newest qualifying run that ended, where that is another. */
  lastEnded: RunRecord | null;
  /** Since that one ended, or since the last sign of life of one that died; null where there is none. */
  ageMs: number | null;
  /** Runs that were seen and do not qualify; they count for nothing. */
  notQualifying: number;
  /** The newest of them, where it ended after the newest qualifying run that ended. */
  ignored: RunRecord | null;
  /** The errors that are open in this job's ledger, as the one query has them. */
  open: readonly OpenGroup[];
}

/** A run without a sign of life for this long is dead; heartbeats come every 15 s. */
const DEAD_AFTER_MS = 5 * 60_000;
/** Clocks of hosts that are kept by NTP differ by less; a run that is from further ahead can't be dated. */
const MAX_SKEW_MS = 5 * 60_000;
const ANY_HOST = '*';

/**
 * Holds the runs against what is expected: one judgement for each expectation, scope and host. `runs` must hold, for
 * each job, scope and host, at least the newest run, the newest qualifying one and the newest qualifying one that
 * ended; any more change nothing, and neither does their order.
 *
 * Red unless proven green: the newest qualifying run must have ended with exit code 0, not longer ago than expected.
 * One that is under way neither mends nor breaks what the one before it said.
 * @throws Failure `watchdog.nothing_expected`
 */
export function evaluateExpectations(
  expectations: readonly Expectation[],
  runs: readonly RunRecord[],
  now: Date,
  red: readonly OpenGroup[] = [],
): Judgement[] {
  if (expectations.length === 0) {
    throw new Failure('watchdog.nothing_expected', 'nothing is expected of any job, so nothing can be said', {
      hint: 'list the jobs under watchdog: { expect: [ { job: listings verify, within: 26h } ] }',
    });
  }
  return expectations.flatMap((expectation) => {
    const mine = runs.filter((run) => concerns(expectation, run));
    const groups = groupsOf(
      expectation,
      mine.filter((run) => run.qualifying),
    );
    if (groups.length === 0) return [neverSeen(expectation, mine)];
    return groups.map((group) => judgeGroup(expectation, group, mine, { now, red }));
  });
}

function concerns(expectation: Expectation, run: RunRecord): boolean {
  if (run.job !== expectation.job) return false;
  if (expectation.scope !== undefined && run.scope !== expectation.scope) return false;
  return isAnyHost(expectation.host) || run.host === expectation.host;
}

function isAnyHost(host: string | undefined): boolean {
  return host === undefined || host === ANY_HOST;
}

interface Group {
  scope: string;
  /** Null where any host will do. */
  host: string | null;
  /** Qualifying runs, the newest first; never empty. */
  newest: RunRecord;
  older: RunRecord[];
}

function groupsOf(expectation: Expectation, qualifying: readonly RunRecord[]): Group[] {
  const byTarget = new Map<string, RunRecord[]>();
  for (const run of qualifying) {
    const key = JSON.stringify([run.scope, expectation.host === ANY_HOST ? null : run.host]);
    byTarget.set(key, [...(byTarget.get(key) ?? []), run]);
  }
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
  seen: readonly RunRecord[],
  { now, red }: { now: Date; red: readonly OpenGroup[] },
): Judgement {
  const { scope, host, newest } = group;
  const lastEnded = isUnderWay(newest, now)
    ? (group.older.find((run) => !isUnderWay(run, now)) ?? null)
    : newest;
  const others = seen.filter(
    (run) => !run.qualifying && run.scope === scope && (host === null || run.host === host),
  );
  const ledger = (lastEnded ?? newest).ledgerScope;
  const open = red.filter((group) => group.job === expectation.job && group.scope === ledger);
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

/** The newest run that has ended, if it began after another one. */
function newestEnded(runs: readonly RunRecord[], after: RunRecord | null): RunRecord | null {
  const ended = runs.filter(
    (run) => run.status !== 'running' && (after === null || run.startedAt > after.startedAt),
  );
  return ended.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0] ?? null;
}

/** A run that came to its end has judged all of its ledger; of one that was cut short the ledger knows more. */
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

/** Still open without a sign of life, or closed by somebody else, who found it dead: `run.died` stands in its summary. */
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
