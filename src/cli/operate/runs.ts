import { formatDuration } from '../../core/durations.js';
import type { ExitCode } from '../../core/failure.js';
import { isoOrUndefined, timeText } from '../../core/iso-time.js';
import { formatSize } from '../../core/sizes.js';
import type { WorkerShare } from '../../queue/port.js';
import { workerShares } from '../../queue/worker-shares.js';
import type { RunFilter, RunRecord } from '../../registry/port.js';
import { type RunFinding, runFindings } from '../../registry/queries/run-findings.js';
import { type Undone, undoneOf } from '../../registry/queries/undone.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { type Fact, factLines } from '../terminal/facts.js';
import { printList } from '../terminal/print-list.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { artifactsDatabase } from '../wiring/artifacts.js';
import { unknownRun } from '../wiring/known-run.js';
import type { RunsListFlags, RunsShowFlags } from './flags.js';
import { failureLines, findingJson, runFindingsText, undoneText } from './run-text.js';

/** `salvor runs list`. */
export function listRuns(input: CommandInput<RunsListFlags>): Promise<ExitCode> {
  const filter = filterOf(input.flags);
  return withRegistry(input, async ({ runs }) => {
    const first = input.flags.after === undefined ? undefined : await runs.get(input.flags.after);
    if (input.flags.after !== undefined && first === undefined) throw unknownRun(input.flags.after);
    return printList(input, {
      name: 'runs',
      limit: input.flags.limit,
      fetch: (last, limit) => {
        const after = (last ?? first)?.id;
        return runs.list({ ...filter, limit, ...(after !== undefined && { after }) });
      },
      json: runJson,
      cursor: (run) => run.id,
      table: runsTable,
      none: 'No matching runs.\n',
    });
  });
}

function filterOf({ job, scope, host, status }: RunsListFlags): RunFilter {
  const given = { job, scope, host, status };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** `salvor runs show RUN`. */
export function showRun(input: CommandInput<RunsShowFlags>): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return withRegistry(input, async ({ runs, database }, { config }) => {
    const run = await runs.get(id);
    if (run === undefined) throw unknownRun(id);
    const workers = await workerShares(database, run.id);
    const own = await artifactsDatabase(config, input.flags, database);
    try {
      const undone = (await undoneOf(own.database, [run.id])).get(run.id);
      const { code, limit, after: first } = input.flags;
      if (input.flags.json) {
        return await printList<RunFinding>(input, {
          name: 'findings',
          scope: run.scope,
          limit,
          fetch: async (after, rows) =>
            (
              await runFindings(database, own.database, run, {
                code,
                limit: rows,
                after: after?.cursor ?? first,
              })
            ).rows,
          json: findingJson,
          cursor: ({ cursor }) => cursor,
          rest: async () => ({
            run: { ...runJson(run), undone: undoneJson(undone) },
            ...(workers.length > 0 ? { workers: workers.map(workerJson) } : {}),
          }),
          table: () => '',
          none: '',
        });
      }
      const page = await runFindings(database, own.database, run, input.flags);
      return await printAnswer(input, {
        summary: {},
        text: (style) =>
          [
            runText(run, undone, style),
            workers.length > 0 ? workersText(workers, style) : '',
            runFindingsText(run.id, page, style),
          ].join(''),
      });
    } finally {
      await own.close();
    }
  });
}

/** How much of a run was undone, with the field names of `--json`; null if nothing was. */
export function undoneJson(undone: Undone | undefined): Record<string, unknown> | null {
  if (undone === undefined) return null;
  return { changes: undone.undone, at: timeText(undone.lastAt), by: undone.by };
}

/** A run with the names of its columns. */
export function runJson(run: RunRecord): Record<string, unknown> {
  return {
    id: run.id,
    job: run.job,
    scope: run.scope,
    host: run.host,
    options: run.options,
    status: run.status,
    exit_code: run.exitCode,
    qualifying: run.qualifying,
    version: run.version,
    started_at: timeText(run.startedAt),
    heartbeat_at: timeText(run.heartbeatAt),
    finished_at: isoOrUndefined(run.finishedAt) ?? null,
    summary: run.summary,
    failures: run.failures,
  };
}

function runsTable(found: readonly RunRecord[], style: Style): string {
  return textTable(
    ['started', 'took', 'job', 'status', 'exit', 'host', 'scope', 'id'],
    found.map((run) => [
      timeText(run.startedAt).slice(0, 19).replace('T', ' '),
      took(run),
      run.job,
      styled(run, style),
      run.exitCode ?? '-',
      run.host,
      run.scope,
      run.id,
    ]),
    style,
  );
}

function took(run: RunRecord): string {
  return run.finishedAt === null ? '-' : formatDuration(run.finishedAt.getTime() - run.startedAt.getTime());
}

function styled(run: RunRecord, style: Style): string {
  if (run.status === 'ok' || run.status === 'partial') return style.good(run.status);
  return run.status === 'running' ? run.status : style.bad(run.status);
}

function runText(run: RunRecord, undone: Undone | undefined, style: Style): string {
  const facts = factLines([
    ['job', run.job],
    ['scope', run.scope],
    ['host', run.host],
    ['started', timeText(run.startedAt)],
    ['finished', isoOrUndefined(run.finishedAt) ?? `not yet; last heartbeat ${timeText(run.heartbeatAt)}`],
    ['qualifying', run.qualifying ? 'yes' : 'no; the watchdog ignores this run'],
    ['salvor', run.version],
    ...Object.entries(run.options).map(([name, value]): Fact => [`option ${name}`, plain(value)]),
  ]);
  const ended = `${styled(run, style)}${run.exitCode === null ? '' : `, exit ${run.exitCode}`}`;
  const summary = Object.entries(run.summary ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    `${style.bold(`Run ${run.id}`)}: ${ended}`,
    ...failureLines(run, style),
    ...(undone === undefined ? [] : [style.warn(`  ${undoneText(undone)}`)]),
    ...facts,
    ...(summary.length === 0 ? [] : ['', style.bold('Summary')]),
    ...factLines(summary.map(([name, value]): Fact => [name, plain(value)])),
  ];
  return `${lines.join('\n')}\n`;
}

/** Values that do not fit on a line are only mentioned; `--json` has them. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.some(isObject)) return `${value.length} (see --json)`;
  if (isObject(value) && Object.values(value).some(isObject))
    return `${Object.keys(value).join(', ')} (see --json)`;
  return JSON.stringify(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function workerJson(share: WorkerShare): Record<string, unknown> {
  return {
    worker: share.worker,
    host: share.host,
    units: share.units,
    items: share.items,
    bytes: share.bytes,
    first_at: timeText(share.firstAt),
    last_at: timeText(share.lastAt),
  };
}

function workersText(workers: readonly WorkerShare[], style: Style): string {
  const rows = workers.map(({ worker, host, units, items, bytes, firstAt, lastAt }) => [
    worker,
    host,
    units,
    items,
    formatSize(bytes),
    formatDuration(lastAt.getTime() - firstAt.getTime()),
  ]);
  return `\n${textTable(['worker', 'host', 'units', 'items', 'bytes', 'from first to last'], rows, style)}`;
}
