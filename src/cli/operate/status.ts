import { formatDuration } from '../../core/durations.js';
import type { ExitCode } from '../../core/failure.js';
import type { RunRecord } from '../../registry/port.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { coverageJson, coverageRows, coverageTable } from './coverage.js';
import { pendingText, pendingTodos } from './pending-todos.js';
import { runJson } from './runs.js';

interface OpenCount {
  scope: string;
  code: string;
  open: number;
  baseline: number;
  oldest_at: Date;
}

/** `salvor status`: the newest run of every job, scope and host, and the findings that are open. */
export function status(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async ({ runs, database }, { config }) => {
    const newest = newestOf(await runs.newestPerScope());
    const { rows: open } = await database.query<OpenCount>(
      `select scope, code, count(*)::int as open, count(*) filter (where baseline)::int as baseline,
              min(first_seen_at) as oldest_at
       from salvor.findings where resolved_at is null group by scope, code order by scope, code`,
    );
    const artifacts = await coverageRows(config, input.flags, database, newest);
    const pending = await pendingTodos(database);
    const waiting = pendingText(pending);
    return printAnswer(input, {
      summary: {
        pending_file_changes: pending,
        runs: newest.map(runJson),
        findings: open,
        coverage: coverageJson(artifacts ?? []),
      },
      text: (style) =>
        `${artifacts === undefined ? '' : `${coverageTable(artifacts)}\n`}${statusText(newest, open, style)}${waiting === undefined ? '' : `${style.warn(waiting)}\n`}`,
    });
  });
}

/** One run for each job, scope and host: the one that started last. */
function newestOf(records: readonly RunRecord[]): RunRecord[] {
  const newest = new Map<string, RunRecord>();
  for (const run of records) {
    const key = JSON.stringify([run.job, run.scope, run.host]);
    const known = newest.get(key);
    if (known === undefined || known.startedAt < run.startedAt) newest.set(key, run);
  }
  return [...newest.values()];
}

function statusText(runs: readonly RunRecord[], open: readonly OpenCount[], style: Style): string {
  if (runs.length === 0) return 'Nothing has run yet. salvor listings verify is where to begin.\n';
  const ago = (at: Date): string => `${formatDuration(Math.max(0, Date.now() - at.getTime()))} ago`;
  const good = (run: RunRecord): boolean => run.exitCode === 0;
  const runTable = textTable(
    ['job', 'scope', 'host', 'last run', 'ended'],
    runs.map((run) => [
      run.job,
      run.scope,
      run.host,
      ago(run.startedAt),
      run.status === 'running'
        ? 'running'
        : good(run)
          ? style.good(run.status)
          : style.bad(`${run.status}, exit ${run.exitCode}`),
    ]),
  );
  if (open.length === 0) return `${runTable}\nNo finding is open.\n`;
  const findings = textTable(
    ['open finding', 'scope', 'count', 'in the baseline', 'since'],
    open.map((row) => [
      row.code,
      row.scope,
      row.open,
      row.baseline,
      row.oldest_at.toISOString().slice(0, 16),
    ]),
  );
  return `${runTable}\n${findings}`;
}
