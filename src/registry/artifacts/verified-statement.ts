import { timeText } from '../../core/iso-time.js';
import { endDrift } from '../drift/ended-drift.js';
import type { Statement } from '../sql-script/statement.js';
import type { ConfirmedContent, VerifiedFile, VerifiedRun } from './artifacts-port.js';
import { fingerprint } from './checksum-predicates.js';
import { ofTable } from './digests-join.js';
import type { ArtifactShape } from './table-schema.js';
import { timestampFromMicroseconds } from './update-statement.js';

const COLUMNS = [
  'id',
  'path',
  'root',
  'size',
  'mtime',
  'sha256',
  'at',
  'marker',
  'verified',
  'recorded',
] as const;
const NOTE = ['run_id', 'action', 'reason', 'actor', 'table_name'] as const;

/**
 * Notes that files were read and are as they were. The artifacts' own rows are not touched: one small row of
 * `salvor.digests` per file, whose indexed columns stay. Needs no condition on the artifact: an entry is about one path
 * and one marker, and says nothing of a row that has others.
 */
export function verifiedStatement(shape: ArtifactShape, files: readonly VerifiedFile[]): Statement {
  const rows = files.map(({ artifactId, digest, verifiedAt, note }) => [
    ...[
      artifactId,
      digest.path,
      digest.root,
      String(digest.sizeBytes),
      String(digest.mtimeUs),
      digest.sha256,
    ],
    ...[timeOf(digest.computedAt, verifiedAt), digest.computedAt, timeText(verifiedAt)],
    ...[digest.recorded ?? null, note.runId, note.action, note.reason, note.actor, shape.table],
  ]);
  const names = [...COLUMNS, ...NOTE];
  // What Salvor judges of metadata kept as text, it remembers by the text.
  const hash =
    shape.metadata.merges || !shape.hasState
      ? 'null::bigint'
      : `(select ${fingerprint(`a.${shape.metadata.name}::text`)} from ${shape.table} a
    where a.${shape.id.name} = i.id::${shape.id.type} and a.${shape.path.name}::text = i.path)`;
  return {
    text: `with i as materialized (
  select * from unnest(${names.map((_, i) => `$${i + 1}::text[]`).join(', ')}) as i(${names.join(', ')})
), evidence as (
  insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor)
  select i.run_id::uuid, i.id, i.table_name, i.action, '{}', '{}', i.reason, i.actor
  from i left join salvor.digests d on d.artifact_id = i.id and d.table_name = i.table_name
  where i.recorded is not null and d.recorded is distinct from i.recorded
)
insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at, marker, verified_at,
  recorded, metadata_hash)
select i.id, i.table_name, i.path, i.root, i.size::bigint, ${timestampFromMicroseconds('i.mtime')}, i.sha256, i.at::timestamptz, i.marker,
  i.verified::timestamptz, i.recorded, ${hash}
from i order by i.id
on conflict (artifact_id, table_name) do update set path = excluded.path, root = excluded.root,
  size_bytes = excluded.size_bytes, mtime = excluded.mtime, sha256 = excluded.sha256,
  computed_at = excluded.computed_at, marker = excluded.marker, verified_at = excluded.verified_at,
  recorded = excluded.recorded, metadata_hash = excluded.metadata_hash`,
    values: names.map((_, i) => rows.map((row) => row[i] ?? null)),
  };
}

/** A marker may be in any of the forms of RFC 3339, or no date at all. */
function timeOf(marker: string, otherwise: Date): string {
  const time = new Date(marker);
  return Number.isNaN(time.getTime()) ? timeText(otherwise) : timeText(time);
}

/**
 * Ends open drift about content that the file no longer has: it has again what was recorded before, and agrees with all
 * recorded digests. Drift whose new content was recorded and is still there stays open.
 */
export function returnedStatement(
  { table }: ArtifactShape,
  contents: readonly ConfirmedContent[],
): Statement {
  return {
    text: endDrift(
      'returned',
      'unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as i(id, sha256, run_id, actor, table_name)',
      `d.artifact_id = i.id and d.${ofTable({ table })}
    and (d.old_sha256 = i.sha256 and d.class <> 'recorded' or d.class = 'recorded' and d.new_sha256 <> i.sha256)`,
    ),
    values: [
      contents.map(({ artifactId }) => artifactId),
      contents.map(({ sha256 }) => sha256),
      contents.map(({ runId }) => runId),
      contents.map(({ actor }) => actor),
      contents.map(() => table),
    ],
  };
}

/** The entry of a whole run: it is about no artifact, and there is nothing in it to take back. */
export function verifiedRunStatement(
  { table }: ArtifactShape,
  { runId, actor, files }: VerifiedRun,
): Statement {
  return {
    text: `insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor)
values ($1::uuid, '', $5, 'verify', '{}', $2::json, $3, $4)`,
    values: [
      runId,
      JSON.stringify({ verified: { files } }),
      `${files} ${files === 1 ? 'file was' : 'files were'} read and found unchanged; salvor.digests has the time of each`,
      actor,
      table,
    ],
  };
}
