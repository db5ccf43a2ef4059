import type { OpenGroup } from '../registry/port.js';
import { isRed } from '../registry/queries/red.js';
import type { CensusState } from './api/overview.js';

/** At most this many series per metric, so that a scrape stays small. Errors come first. */
const MAX_GROUPS = 2000;

interface Family {
  name: string;
  help: string;
  samples: { labels?: Record<string, string>; value: number | null }[];
}

/** What the dashboard counts in addition to the runs. */
export interface Counted {
  census: CensusState;
  drift: Record<string, number>;
  reviewWaiting: number;
  open: readonly OpenGroup[];
  watch: { expected: number; red: number } | null;
}

/** Gauges in the text exposition format, version 0.0.4. Unknown values are omitted, never reported as 0. */
export function countsText(counted: Counted): string {
  return [...censusFamilies(counted.census), ...queueFamilies(counted)].map(familyText).join('');
}

function censusFamilies(state: CensusState): Family[] {
  if (state.state !== 'ready') return [];
  const { census } = state;
  const kinds = ['artifacts', 'with_path', 'verified', 'proven', 'recoverable'] as const;
  return [
    {
      name: 'salvor_artifacts',
      help: 'Artifacts by type and kind: artifacts (all), with_path, verified, proven, recoverable.',
      samples: census.types.flatMap((type) =>
        kinds.map((kind) => ({ labels: { artifact_type: type.type, kind }, value: type[kind] })),
      ),
    },
    {
      name: 'salvor_recoverability_ratio',
      help: 'Share of artifacts with a verified file or a proven copy in a backup.',
      samples: [
        { value: census.totals.artifacts === 0 ? null : census.totals.recoverable / census.totals.artifacts },
      ],
    },
    {
      name: 'salvor_census_timestamp_seconds',
      help: 'Time of the last census of the artifacts.',
      samples: [{ value: seconds(census.as_of) }],
    },
    {
      name: 'salvor_oldest_verification_timestamp_seconds',
      help: 'Time of the oldest verification among the verified files.',
      samples: [{ value: seconds(census.oldest_verified_at) }],
    },
    {
      name: 'salvor_oldest_proof_timestamp_seconds',
      help: 'Time of the oldest restore proof that is still valid.',
      samples: [{ value: seconds(census.oldest_proof_at) }],
    },
  ];
}

function queueFamilies({ drift, reviewWaiting, open, watch }: Counted): Family[] {
  return [
    {
      name: 'salvor_drift_open',
      help: 'Files that differ from their records and need a decision.',
      samples: [{ value: Object.values(drift).reduce((sum, count) => sum + count, 0) }],
    },
    {
      name: 'salvor_drift_open_by_type',
      help: 'Files that differ from their records and need a decision, by artifact type; types with none are omitted.',
      samples: Object.entries(drift).map(([type, count]) => ({
        labels: { artifact_type: type },
        value: count,
      })),
    },
    {
      name: 'salvor_review_waiting',
      help: 'Missing files with candidates that need a decision.',
      samples: [{ value: reviewWaiting }],
    },
    {
      name: 'salvor_findings_open',
      help: 'Open findings by job, scope and code; baseline is true for those accepted as known.',
      samples: open.slice(0, MAX_GROUPS).flatMap(({ job, scope, code, severity, count, baseline }) => {
        const labels = { job, scope, code, severity };
        return [
          ...(count > 0 ? [{ labels: { ...labels, baseline: 'false' }, value: count }] : []),
          ...(baseline > 0 ? [{ labels: { ...labels, baseline: 'true' }, value: baseline }] : []),
        ];
      }),
    },
    {
      name: 'salvor_red',
      help: 'Open errors of all jobs that are not in a baseline; 0 is green.',
      samples: [{ value: open.filter(isRed).reduce((sum, { count }) => sum + count, 0) }],
    },
    {
      name: 'salvor_watchdog_expected',
      help: 'Combinations of job, scope and host that the watchdog expects.',
      samples: [{ value: watch?.expected ?? null }],
    },
    {
      name: 'salvor_watchdog_red',
      help: 'Expected combinations of job, scope and host that are overdue or failing.',
      samples: [{ value: watch?.red ?? null }],
    },
  ];
}

function seconds(time: string | null): number | null {
  return time === null ? null : Date.parse(time) / 1000;
}

function familyText({ name, help, samples }: Family): string {
  const lines = samples.flatMap(({ labels, value }) =>
    value === null ? [] : [`${name}${labelText(labels ?? {})} ${value}`],
  );
  if (lines.length === 0) return '';
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].map((line) => `${line}\n`).join('');
}

function labelText(labels: Record<string, string>): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  const escaped = (value: string): string =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${entries.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
}
