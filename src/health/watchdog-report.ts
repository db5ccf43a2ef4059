import { formatDuration } from '../core/durations.js';
import type { Finding } from '../core/finding.js';
import { isoOrUndefined, timeText } from '../core/iso-time.js';
import { counted } from '../core/pluralize.js';
import type { RunRecord } from '../registry/port.js';
import type { Judgement, Verdict } from './watchdog.js';

/** The summary of `salvor watchdog --json`: counts and judgements. */
export interface WatchdogSummary extends Record<Verdict, number> {
  expected: number;
  red: number;
  judgements: Record<string, unknown>[];
}

/** The finding code of each verdict; green verdicts have none. */
const FINDING_CODES: Record<Verdict, string | null> = {
  green: null,
  never_ran: 'watchdog.never_ran',
  overdue: 'watchdog.overdue',
  running_late: 'watchdog.running_late',
  died: 'watchdog.died',
  ended_badly: 'watchdog.ended_badly',
  still_red: 'watchdog.still_red',
  clock_skew: 'watchdog.clock_skew',
};

/** How many kinds of errors a line names. */
const MAX_NAMED = 3;

const VERDICTS = Object.keys(FINDING_CODES) as Verdict[];

/** The number of each verdict; `expected` is the total. */
export function watchdogSummary(judgements: readonly Judgement[]): WatchdogSummary {
  const count = (verdict: Verdict): number => judgements.filter((one) => one.verdict === verdict).length;
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)]));
  return {
    expected: judgements.length,
    red: judgements.length - count('green'),
    ...(counts as Record<Verdict, number>),
    judgements: judgements.map(judgementJson),
  };
}

/** One finding per red judgement. */
export function watchdogFindings(judgements: readonly Judgement[]): Finding[] {
  return judgements.flatMap((judgement) => {
    const code = FINDING_CODES[judgement.verdict];
    if (code === null) return [];
    const subject = judgement.scope ?? judgement.job;
    const message = `${target(judgement)}: ${explain(judgement)}`;
    return [{ code, severity: 'error', subject, message, detail: judgementJson(judgement) }];
  });
}

/** One line per judgement, red ones first, and a summary line at the end. Never empty: no output means a failure. */
export function watchdogLines(judgements: readonly Judgement[]): string[] {
  const red = judgements.filter(({ verdict }) => verdict !== 'green');
  const green = judgements.filter(({ verdict }) => verdict === 'green');
  const width = Math.max(...VERDICTS.map((verdict) => verdict.length)) + 2;
  const lines = [...red, ...green].map(
    (one) => `${one.verdict.replace('_', ' ').padEnd(width)}${target(one)}: ${explain(one)}`,
  );
  const last =
    red.length === 0
      ? `watchdog: green, all ${green.length} as expected`
      : `watchdog: RED, ${red.length} of ${counted(judgements.length, 'expected job')} overdue or failing`;
  return [...lines, last].map(printable);
}

function target({ job, scope, host }: Judgement): string {
  return `${job}${scope === null ? '' : ` on ${scope}`}${host === null ? '' : ` from ${host}`}`;
}

/** The reason for the verdict, in one clause. */
function explain(judgement: Judgement): string {
  return judgement.verdict === 'green'
    ? verdictWords(judgement)
    : `${verdictWords(judgement)}${ignoredWords(judgement)}`;
}

/** Explains why a newer run that ended well does not make the verdict green. */
function ignoredWords({ ignored }: Judgement): string {
  if (ignored === null) return '';
  const ended = ignored.exitCode === 0 ? 'ok' : `${ignored.status}, exit code ${ignored.exitCode ?? 'none'}`;
  return `; newer run ${ignored.id} (${ended}) does not count: ${reasonsOf(ignored)}`;
}

function reasonsOf({ options }: RunRecord): string {
  const reasons: unknown = options.not_qualifying;
  const named = Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [];
  return named.length > 0 ? named.join('; ') : 'its flags narrow or loosen the configuration';
}

function verdictWords(judgement: Judgement): string {
  const { verdict, run, lastEnded, notQualifying } = judgement;
  const within = formatDuration(judgement.withinMs);
  const age = formatDuration(judgement.ageMs ?? 0);
  const underWay =
    lastEnded !== null && run !== null ? `; a run has been active since ${timeText(run.startedAt)}` : '';
  const ended = lastEnded ?? run;
  switch (verdict) {
    case 'green':
      return `ended with ${endWords(ended)} ${age} ago, within ${within}${underWay}`;
    case 'never_ran':
      return run === null
        ? `no qualifying run was ever seen${notQualifying > 0 ? ` (${notQualifying} did not qualify)` : ''}`
        : `no qualifying run has ended yet; the first has been active since ${timeText(run.startedAt)}`;
    case 'overdue':
      return `last ended successfully ${age} ago; expected within ${within}`;
    case 'running_late':
      return `last ended successfully ${age} ago; expected within ${within}${underWay}`;
    case 'died':
      return `run ${ended?.id} died: no heartbeat for ${age}${underWay}`;
    case 'ended_badly':
      return `run ${ended?.id} ended with ${endWords(ended)} ${age} ago${underWay}${whatIsWrong(judgement)}`;
    case 'still_red':
      return `ended with ${endWords(ended)} ${age} ago, but findings of earlier runs are still open${underWay}${whatIsWrong(judgement)}`;
    case 'clock_skew':
      return `run ${run?.id} started in the future (${isoOrUndefined(run?.startedAt)}): a clock is wrong`;
  }
}

/** Why the run failed, what is open and since when, and the command that shows everything. */
function whatIsWrong({ run, lastEnded, open }: Judgement): string {
  const ended = lastEnded ?? run;
  const failed = (ended?.failures ?? [])
    .slice(0, MAX_NAMED)
    .map(({ code, message }) => `${code}: ${message}`);
  const found = open
    .filter(({ code }) => !(ended?.failures ?? []).some((failure) => failure.code === code))
    .slice(0, MAX_NAMED)
    .map(({ code, count, oldestAt, sample }) => {
      const example = count === 1 ? sample.subject : `the oldest is ${sample.subject}`;
      return `${count} ${code} since ${timeText(oldestAt)} (${example})`;
    });
  const parts = [...failed, ...found];
  const next = `; see: salvor runs show ${ended?.id}`;
  return parts.length === 0 ? next : `: ${parts.join('; ')}${next}`;
}

/** `status ok (exit code 0)`. */
function endWords(ended: Judgement['run']): string {
  return `status ${ended?.status} (exit code ${ended?.exitCode ?? 'none'})`;
}

function judgementJson(judgement: Judgement): Record<string, unknown> {
  const { run, lastEnded } = judgement;
  const ended = lastEnded ?? (run?.status === 'running' ? null : run);
  return {
    job: judgement.job,
    scope: judgement.scope,
    host: judgement.host,
    verdict: judgement.verdict,
    within_ms: judgement.withinMs,
    age_ms: judgement.ageMs,
    run_id: run?.id ?? null,
    run_status: run?.status ?? null,
    started_at: isoOrUndefined(run?.startedAt) ?? null,
    last_ended_run_id: ended?.id ?? null,
    last_ended_status: ended?.status ?? null,
    last_ended_exit_code: ended?.exitCode ?? null,
    not_qualifying: judgement.notQualifying,
    ignored_run_id: judgement.ignored?.id ?? null,
    failures: ended?.failures ?? [],
    open: judgement.open.map(({ code, count, oldestAt, sample }) => ({
      code,
      count,
      since: timeText(oldestAt),
      subject: sample.subject,
      message: sample.message,
    })),
  };
}

/** Control characters in a scope or host must not reach the terminal. */
function printable(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
