import { Failure } from '../../core/failure.js';
import type { Database } from '../../registry/database.js';
import type { RunRecord } from '../../registry/port.js';
import { coverage, type TypeCoverage } from '../../registry/queries/coverage.js';
import { type PartialProgress, partialProgress } from '../../registry/queries/partial-progress.js';
import { contradictedArtifacts } from '../../registry/queries/red.js';
import type { Config } from '../config/schema.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { artifactsScope, openConfiguredArtifacts } from '../wiring/artifacts.js';

/** What `salvor status` shows for one artifact type. */
export interface CoverageRow extends TypeCoverage {
  /** Rows without a file in the newest backfill of all types; null if there was none. */
  missing: number | null;
}

/** The verification state of the artifacts' files. */
export interface ArtifactsCoverage {
  rows: CoverageRow[];
  /** Progress of files that take more than one run; undefined if there are none. */
  partial: PartialProgress | undefined;
}

/** Undefined if there is no artifacts table: a registry can be used for listings alone. */
export async function artifactsCoverage(
  config: Config,
  flags: { registry?: string | undefined },
  state: Database,
  newest: readonly RunRecord[],
): Promise<ArtifactsCoverage | undefined> {
  try {
    const opened = await openConfiguredArtifacts(config, flags, state);
    try {
      const missing = missingByType(newest, artifactsScope(config, flags));
      const contradicted = await contradictedArtifacts(state);
      const types = await coverage(opened.database, opened.shape, opened.ledger, contradicted);
      return {
        rows: types.map((row) => ({
          ...row,
          missing: missing === undefined ? null : (missing.get(row.type ?? '(none)') ?? 0),
        })),
        partial: await partialProgress(opened.ledger, opened.shape.table),
      };
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (error instanceof Failure && error.code === 'registry.missing_table') return undefined;
    throw error;
  }
}

/** With the field names of `--json`. */
export function coverageJson(rows: readonly CoverageRow[]): Record<string, unknown>[] {
  return rows.map((row) => ({
    artifact_type: row.type,
    rows: row.rows,
    hashed: row.hashed,
    verified: row.verified,
    never: row.never,
    drift_open: row.driftOpen,
    missing: row.missing,
    oldest_at: row.oldestAt,
  }));
}

export function coverageTable(rows: readonly CoverageRow[], style: Style): string {
  return textTable(
    [
      'type',
      'with a path',
      'hashed',
      'verified',
      'never',
      'drift',
      'missing (last backfill)',
      'oldest verification',
    ],
    rows.map((row) => [
      row.type ?? '(none)',
      row.rows,
      row.hashed,
      row.verified,
      row.never,
      row.driftOpen,
      row.missing ?? '-',
      row.oldestAt?.slice(0, 16).replace('T', ' ') ?? '-',
    ]),
    style,
  );
}

function missingByType(newest: readonly RunRecord[], scope: string): Map<string, number> | undefined {
  const runs = newest.filter(
    (run) => run.job === 'checksums backfill' && run.scope === scope && run.summary !== null,
  );
  const last = runs.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0];
  const byType = last?.summary?.by_type;
  if (typeof byType !== 'object' || byType === null) return undefined;
  return new Map(
    Object.entries(byType as Record<string, Record<string, number>>).map(([type, counts]) => [
      type,
      (counts.rows_no_file ?? 0) + (counts.rows_lost ?? 0) + (counts.rows_pointer ?? 0),
    ]),
  );
}
