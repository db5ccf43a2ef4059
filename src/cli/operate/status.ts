import { formatDuration } from '../../core/durations.js';
import type { ExitCode } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { timeText } from '../../core/iso-time.js';
import type { PartsJob } from '../../core/parts-jobs.js';
import { counted } from '../../core/pluralize.js';
import type { Judgement } from '../../health/watchdog.js';
import { watchdogFindings } from '../../health/watchdog-report.js';
import { type PartialProgressSummary, partialText } from '../../jobs/checksums/report/partial-progress.js';
import type { Database } from '../../registry/database.js';
import type { OpenGroup, RunRecord } from '../../registry/port.js';
import { pendingTodos } from '../../registry/queries/pending-todos.js';
import { isRed, openGroups } from '../../registry/queries/red.js';
import { type Undone, undoneOf } from '../../registry/queries/undone.js';
import { archivePartsLine, archiveSummary, partialSummary } from '../checksums/partial-summary.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { artifactsDatabase } from '../wiring/artifacts.js';
import { type ArtifactsCoverage, artifactsCoverage, coverageJson, coverageTable } from './coverage.js';
import { pendingScriptJson, pendingScripts, scriptsText } from './pending-scripts.js';
import { pendingText } from './pending-todos.js';
import { runJson, undoneJson } from './runs.js';
import { judgeExpected } from './watch-report.js';

/** `salvor status`: the newest run of every job, scope and host, and all open findings. */
export function status(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async ({ runs, database }, { config }) => {
    const newest = newestOf(await runs.newestPerScope());
    const own = await artifactsDatabase(config, input.flags, database);
    try {
      const open = await openGroups(database, own.database);
      const watch = await judgeExpected(database, own.database, config);
      const undone = await undoneOf(
        own.database,
        newest.map(({ id }) => id),
      );
      const artifacts = await artifactsCoverage(config, input.flags, database, newest);
      const pending = await pendingTodos(database);
      const scripts = await pendingScripts(config, input.flags, database);
      const waiting = [pendingText(pending), scriptsText(scripts)].filter((text) => text !== undefined);
      const inParts = await archivesInParts(database, own.database);
      return await printAnswer(input, {
        summary: {
          pending_file_changes: pending,
          pending_scripts: scripts.map(pendingScriptJson),
          runs: newest.map((run) => ({ ...runJson(run), undone: undoneJson(undone.get(run.id)) })),
          findings: open.map(groupJson),
          red: open.filter(isRed).reduce((sum, { count }) => sum + count, 0),
          watchdog: watch === null ? null : watchJson(watch),
          coverage: coverageJson(artifacts?.rows ?? []),
          partial_reads: artifacts?.partial === undefined ? null : partialSummary(artifacts.partial),
          archive_parts: inParts,
        },
        text: (style) =>
          `${artifacts === undefined ? '' : coverageText(artifacts, style)}${statusText({ runs: newest, open, undone, watch }, style)}${inPartsText(inParts)}${waiting.map((text) => `${style.warn(text)}\n`).join('')}`,
      });
    } finally {
      await own.close();
    }
  });
}

type InParts = Record<PartsJob, PartialProgressSummary | null>;

/** Proofs, and what leads to them, are stored with journal and digests. */
async function archivesInParts(state: Database, ledger: Database): Promise<InParts> {
  return {
    'listings check': await archiveSummary(state, 'listings check'),
    'recovery drill': await archiveSummary(ledger, 'recovery drill'),
  };
}

function inPartsText(inParts: InParts): string {
  return (Object.keys(inParts) as PartsJob[]).map((job) => archivePartsLine(job, inParts[job])).join('');
}

function coverageText({ rows, partial }: ArtifactsCoverage, style: Style): string {
  const inParts = partial === undefined ? '' : `${partialText(partialSummary(partial))}\n`;
  return `${coverageTable(rows, style)}${inParts}\n`;
}

/** The open findings with one code, with the field names of `--json`. */
function groupJson(group: OpenGroup): Record<string, unknown> {
  const { job, scope, code, severity, count, baseline, oldestAt, sample } = group;
  const since = timeText(oldestAt);
  return {
    job,
    scope,
    code,
    severity,
    open: count + baseline,
    baseline,
    oldest_at: since,
    red: isRed(group),
    sample,
  };
}

/** The run that started last for each job, scope and host. */
function newestOf(records: readonly RunRecord[]): RunRecord[] {
  const newest = new Map<string, RunRecord>();
  for (const run of records) {
    const key = JSON.stringify([run.job, run.scope, run.host]);
    const known = newest.get(key);
    if (known === undefined || known.startedAt < run.startedAt) newest.set(key, run);
  }
  return [...newest.values()];
}

/** Jobs in `watchdog.expect` that are red, including jobs without any findings. */
function watchJson(judgements: readonly Judgement[]): Record<string, unknown> {
  const red = watchdogFindings(judgements);
  const notAsExpected = red.map(({ code, subject, message }) => ({ code, subject, message }));
  return { expected: judgements.length, red: red.length, not_as_expected: notAsExpected };
}

interface Standing {
  watch: readonly Judgement[] | null;
  runs: readonly RunRecord[];
  open: readonly OpenGroup[];
  undone: ReadonlyMap<string, Undone>;
}

function statusText({ runs, open, undone, watch }: Standing, style: Style): string {
  const late = watchdogFindings(watch ?? []);
  const findings = `${openText(open, late.length === 0, style)}${watchText(late, style)}`;
  if (runs.length === 0) {
    return `No job has run yet. Start with: salvor listings verify\n${open.length + late.length === 0 ? '' : findings}`;
  }
  const ago = (at: Date): string => `${formatDuration(Math.max(0, Date.now() - at.getTime()))} ago`;
  const runTable = textTable(
    ['job', 'scope', 'host', 'last run', 'ended'],
    runs.map((run) => [run.job, run.scope, run.host, ago(run.startedAt), endedText(run, undone, style)]),
    style,
  );
  return `${runTable}\n${findings}`;
}

function endedText(run: RunRecord, undone: ReadonlyMap<string, Undone>, style: Style): string {
  if (run.status === 'running') return 'running';
  const back = undone.get(run.id);
  const taken = back === undefined ? '' : `; ${counted(back.undone, 'change')} undone by ${back.by}`;
  const [failure] = run.failures;
  const why = failure === undefined ? '' : `: ${failure.code}`;
  if (run.exitCode === 0 && back === undefined) return style.good(run.status);
  const text = run.exitCode === 0 ? run.status : `${run.status}, exit ${run.exitCode}${why}`;
  return run.exitCode === 0 ? style.warn(`${text}${taken}`) : style.bad(`${text}${taken}`);
}

/** A job that died, is late or never ran may have no open finding that shows it. */
function watchText(late: readonly Finding[], style: Style): string {
  if (late.length === 0) return '';
  const headline = `${counted(late.length, 'job in watchdog.expect is', 'jobs in watchdog.expect are')} overdue or failing:`;
  return `${style.bad(headline)}\n${late.map(({ message }) => `  ${message}\n`).join('')}`;
}

/** Red findings first, then the other open findings. */
function openText(open: readonly OpenGroup[], isWatchGreen: boolean, style: Style): string {
  if (open.length === 0) return 'No open findings.\n';
  const total = open.filter(isRed).reduce((sum, { count }) => sum + count, 0);
  const headline =
    total === 0
      ? isWatchGreen
        ? style.good('No open errors.')
        : 'No open errors.'
      : style.bad(`${total} open ${total === 1 ? 'error' : 'errors'}.`);
  const table = textTable(
    ['open finding', 'severity', 'count', 'in the baseline', 'since', 'job', 'scope', 'oldest'],
    open.map((group) => [
      isRed(group) ? style.bad(group.code) : group.code,
      group.severity,
      group.count + group.baseline,
      group.baseline,
      timeText(group.oldestAt).slice(0, 16),
      group.job,
      group.scope,
      group.sample.subject,
    ]),
    style,
  );
  return `${headline}\n${table}To list the runs: salvor runs list\nTo list what one of them found: salvor runs show RUN --code CODE\n`;
}
