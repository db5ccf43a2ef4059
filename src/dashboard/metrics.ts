import type { OpenGroup } from '../registry/port.js';
import { isRed } from '../registry/queries/red.js';
import type { CensusState } from './api/overview.js';

/** Series of one family: a scrape stays small, however many scopes there ever were. Errors come first. */
const MAX_GROUPS = 2000;

interface Family {
  name: string;
  help: string;
  samples: { labels?: Record<string, string>; value: number | null }[];
}

/** What the dashboard counts beside the runs. */
export interface Counted {
  census: CensusState;
  drift: Record<string, number>;
  reviewWaiting: number;
  open: readonly OpenGroup[];
  watch: { expected: number; red: number } | null;
}

/** Gauges in the text exposition format, version 0.0.4. What is not known is left out, and is never 0. */
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
      help: 'Artifacts by type and by what is known: artifacts (all), with_path, verified, proven, recoverable.',
      samples: census.types.flatMap((type) =>
        kinds.map((kind) => ({ labels: { artifact_type: type.type, kind }, value: type[kind] })),
      ),
    },
    {
      name: 'salvor_recoverability_ratio',
      help: 'Share of the artifacts with a verified file or a proven restorable copy.',
      samples: [
        { value: census.totals.artifacts === 0 ? null : census.totals.recoverable / census.totals.artifacts },
      ],
    },
    {
      name: 'salvor_census_timestamp_seconds',
      help: 'When the artifacts were last counted.',
      samples: [{ value: seconds(census.as_of) }],
    },
    {
      name: 'salvor_oldest_verification_timestamp_seconds',
      help: 'When the file that was not read for the longest time was last read whole.',
      samples: [{ value: seconds(census.oldest_verified_at) }],
    },
    {
      name: 'salvor_oldest_proof_timestamp_seconds',
      help: 'The oldest proof, by a restore, that still stands.',
      samples: [{ value: seconds(census.oldest_proof_at) }],
    },
  ];
}

function queueFamilies({ drift, reviewWaiting, open, watch }: Counted): Family[] {
  return [
    {
      name: 'salvor_drift_open',
      help: 'Files that differ from their record and wait for a decision.',
      samples: [{ value: Object.values(drift).reduce((sum, count) => sum + count, 0) }],
    },
    {
      name: 'salvor_drift_open_by_type',
      help: 'The same by artifact type; types without any are left out.',
      samples: Object.entries(drift).map(([type, count]) => ({
        labels: { artifact_type: type },
        value: count,
      })),
    },
    {
      name: 'salvor_review_waiting',
      help: 'Missing files with candidates that wait for a person.',
      samples: [{ value: reviewWaiting }],
    },
    {
      name: 'salvor_findings_open',
      help: 'Findings that are open, by job, scope and code; baseline says whether they were accepted as known.',
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
      help: 'Open errors of all jobs that no baseline covers; 0 is green.',
      samples: [{ value: open.filter(isRed).reduce((sum, { count }) => sum + count, 0) }],
    },
    {
      name: 'salvor_watchdog_expected',
      help: 'Jobs, scopes and hosts that the watchdog expects.',
      samples: [{ value: watch?.expected ?? null }],
    },
    {
      name: 'salvor_watchdog_red',
      help: 'Those of them that are not as expected.',
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
