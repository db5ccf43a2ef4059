import { timeText } from '../../core/iso-time.js';
import type { Commit, DriftDecision, DriftSighting } from '../artifacts/artifacts-port.js';
import { microseconds, type Statement } from '../artifacts/update-statement.js';
import { writeJournalValues } from '../journal/journal-values.js';
import type { DriftState } from './drift-port.js';

/**
 * Opens an entry for drift, or notes on the open one that it was seen again. `journaled`: only where this transaction
 * changed the artifact.
 */
function driftStatement(table: string, sightings: readonly DriftSighting[], journaled: boolean): Statement {
  const columns = sightings.map((drift) => [
    drift.runId,
    drift.artifactId,
    table,
    drift.artifactType,
    drift.oldSha256,
    drift.newSha256,
    String(drift.sizeBytes),
    String(drift.mtimeUs),
    drift.path,
    drift.root,
    drift.class,
    timeText(drift.seenAt),
  ]);
  const names = [
    'run_id',
    'id',
    'table_name',
    'type',
    'old',
    'new',
    'size',
    'mtime',
    'path',
    'root',
    'class',
    'at',
  ];
  return {
    text: `insert into salvor.drift (run_id, artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime,
  path, root, class, first_seen_at, last_seen_at)
select i.run_id::uuid, i.id, i.table_name, i.type, i.old, i.new, i.size::bigint, ${microseconds('i.mtime')},
  i.path, i.root, i.class, i.at::timestamptz, i.at::timestamptz
from unnest(${names.map((_, i) => `$${i + 1}::text[]`).join(', ')}) as i(${names.join(', ')})
${journaled ? 'where exists (select from salvor.journal j where j.artifact_id = i.id and j.table_name = i.table_name and j.at = now())' : ''}
on conflict (artifact_id, table_name, old_sha256, new_sha256) where state = 'open'
do update set last_seen_at = excluded.last_seen_at, run_id = excluded.run_id, size_bytes = excluded.size_bytes,
  mtime = excluded.mtime, path = excluded.path, root = excluded.root`,
    values: names.map((_, i) => columns.map((row) => row[i] ?? null)),
  };
}

/** The statements that record all drift of a commit. */
export function driftStatements(
  table: string,
  { changes, held }: Pick<Commit, 'changes' | 'held'>,
): Statement[] {
  const recorded = changes.flatMap((change) => change.drift ?? []);
  return [
    ...(recorded.length > 0 ? [driftStatement(table, recorded, true)] : []),
    ...(held.length > 0 ? [driftStatement(table, held, false)] : []),
  ];
}

/** Touches nothing when the entry is no longer what it was. */
export function decisionStatement({ driftId, from, to, note }: DriftDecision): Statement {
  const decided = to === 'open' ? 'null, null, null' : '$4, now(), $5';
  return {
    text: `update salvor.drift set state = $3, (decided_by, decided_at, note) = row(${decided})
where id = $1::bigint and state = $2`,
    values: [driftId, from, to, ...(to === 'open' ? [] : [note.actor, note.reason])],
  };
}

/** The entry of a decision that leaves the artifact as it is. */
export function decisionJournal(
  table: string,
  { driftId, artifactId, from, to, note }: DriftDecision,
): Statement {
  const values = (state: DriftState): string => writeJournalValues({ drift: { id: driftId, state } });
  return {
    text: `insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor, undoes)
values ($1::uuid, $2, $9, $3, $4::json, $5::json, $6, $7, $8::bigint)`,
    values: [
      ...[note.runId, artifactId, note.action, values(from), values(to)],
      ...[note.reason, note.actor, note.undoes ?? null],
      table,
    ],
  };
}
