import type { RunStatus } from '../core/outcome.js';

/** What is known about the runs of one job on one scope from one host. */
export interface SeriesState {
  job: string;
  scope: string;
  host: string;
  status: RunStatus | 'running';
  startedAtMs: number;
  /** How many runs ended with each status since the state was first written. */
  ended: Partial<Record<RunStatus, number>>;
  /** Values of the last ended run. They stay while the next run is active, so that red stays red. */
  last: EndedRun | null;
  /** When a run last ended with exit code 0. */
  succeededAtMs: number | null;
}

export interface EndedRun {
  exitCode: number | null;
  finishedAtMs: number;
  elapsedMs: number;
  /** The plain numbers of its summary. */
  counts: Record<string, number>;
}

const STATUSES = ['running', 'ok', 'partial', 'findings', 'incomplete', 'interrupted'] as const;

interface Sample {
  labels?: Record<string, string>;
  value: number;
}

interface Family {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  samples(state: SeriesState): Sample[];
}

const FAMILIES: readonly Family[] = [
  {
    name: 'salvor_run_status',
    type: 'gauge',
    help: '1 for the status of the latest run, 0 for the others.',
    samples: (state) =>
      STATUSES.map((status) => ({ labels: { status }, value: state.status === status ? 1 : 0 })),
  },
  {
    name: 'salvor_run_exit_code',
    type: 'gauge',
    help: 'Exit code of the last ended run; absent if it died.',
    samples: ({ last }) => (last?.exitCode === null || last === null ? [] : [{ value: last.exitCode }]),
  },
  {
    name: 'salvor_run_started_timestamp_seconds',
    type: 'gauge',
    help: 'Start time of the latest run.',
    samples: (state) => seconds(state.startedAtMs),
  },
  {
    name: 'salvor_run_finished_timestamp_seconds',
    type: 'gauge',
    help: 'End time of the last ended run.',
    samples: (state) => seconds(state.last?.finishedAtMs),
  },
  {
    name: 'salvor_run_success_timestamp_seconds',
    type: 'gauge',
    help: 'End time of the last run with exit code 0; alert on its age.',
    samples: (state) => seconds(state.succeededAtMs),
  },
  {
    name: 'salvor_run_duration_seconds',
    type: 'gauge',
    help: 'Duration of the last ended run.',
    samples: (state) => seconds(state.last?.elapsedMs),
  },
  {
    name: 'salvor_runs_total',
    type: 'counter',
    help: 'Ended runs, by status.',
    samples: (state) =>
      STATUSES.filter((status) => status !== 'running').map((status) => ({
        labels: { status },
        value: state.ended[status] ?? 0,
      })),
  },
  {
    name: 'salvor_summary',
    type: 'gauge',
    help: 'A count from the summary of the last ended run.',
    samples: (state) =>
      Object.entries(state.last?.counts ?? {}).map(([count, value]) => ({ labels: { count }, value })),
  },
];

/**
 * The text exposition format, version 0.0.4. The job's label is `check` because Prometheus uses `job` for the scraped
 * target.
 */
export function prometheusText(states: readonly SeriesState[]): string {
  const lines: string[] = [];
  for (const family of FAMILIES) {
    const samples = states.flatMap((state) =>
      family.samples(state).map(({ labels, value }) => {
        const all = { check: state.job, scope: state.scope, host: state.host, ...labels };
        return `${family.name}{${labelText(all)}} ${value}`;
      }),
    );
    if (samples.length === 0) continue;
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`, ...samples);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Numbers of a summary that have metrics of their own. */
const NOT_COUNTS: readonly string[] = ['exit_code', 'elapsed_ms'];

/** The plain numbers of a summary, for `EndedRun.counts`. */
export function countsOf(summary: unknown): Record<string, number> {
  if (typeof summary !== 'object' || summary === null) return {};
  const counts = Object.entries(summary).filter(
    ([name, value]) => Number.isFinite(value) && !NOT_COUNTS.includes(name),
  );
  return Object.fromEntries(counts);
}

function seconds(ms: number | null | undefined): Sample[] {
  return ms === null || ms === undefined ? [] : [{ value: ms / 1000 }];
}

function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
