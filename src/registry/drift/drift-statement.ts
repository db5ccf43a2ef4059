import { timeText } from '../../core/iso-time.js';
import type { Commit, DriftDecision } from '../artifacts/artifacts-port.js';
import { timestampFromMicroseconds } from '../artifacts/update-statement.js';
import { writeJournalValues } from '../journal/journal-values.js';
import type { Statement } from '../sql-script/statement.js';
import type { DriftSighting, DriftState } from './drift-port.js';
import { endDrift } from './ended-drift.js';

const NAMES = [
  ...['run_id', 'id', 'table_name', 'type', 'old', 'new', 'size', 'mtime', 'path', 'root', 'class', 'at'],
  ...['recorded', 'found', 'old_size', 'old_mtime', 'actor', 'recorded_in'],
];
const INPUT = `unnest(${NAMES.map((_, i) => `$${i + 1}::text[]`).join(', ')}) as i(${NAMES.join(', ')})`;
/** Only where this transaction changed the artifact. */
const JOURNALED =
  'exists (select from salvor.journal j where j.artifact_id = i.id and j.table_name = i.table_name and j.at = now())';

/**
 * Opens an entry for drift, or notes on the open one that it was seen again. An artifact has at most one open entry: one
 * about other content is superseded.
 */
function driftStatement(table: string, sightings: readonly DriftSighting[], journaled: boolean): Statement[] {
  const columns = sightings.map((drift) => [
    ...[drift.runId, drift.artifactId, table, drift.artifactType, drift.oldSha256, drift.newSha256],
    ...[String(drift.sizeBytes), String(drift.mtimeUs), drift.path, drift.root, drift.class],
    ...[timeText(drift.seenAt), drift.recordedDigests, drift.foundDigests],
    ...[textOf(drift.oldSizeBytes), textOf(drift.oldMtimeUs), drift.actor, drift.recordedIn],
  ]);
  const values = NAMES.map((_, i) => columns.map((row) => row[i] ?? null));
  const supersede = endDrift(
    'superseded',
    INPUT,
    `d.artifact_id = i.id and d.table_name in (i.table_name, '') and ${journaled ? JOURNALED : 'true'}
    and (d.old_sha256, d.new_sha256, d.recorded_digests) is distinct from (i.old, i.new, i.recorded)`,
  );
  const open = `insert into salvor.drift (run_id, artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime,
  path, root, class, first_seen_at, last_seen_at, recorded_digests, found_digests, old_size_bytes, old_mtime, recorded_in)
select i.run_id::uuid, i.id, i.table_name, i.type, i.old, i.new, i.size::bigint, ${timestampFromMicroseconds('i.mtime')},
  i.path, i.root, i.class, i.at::timestamptz, i.at::timestamptz, i.recorded, i.found, i.old_size::bigint,
  ${timestampFromMicroseconds('i.old_mtime')}, i.recorded_in
from ${INPUT}
where ${journaled ? JOURNALED : 'true'}
on conflict (artifact_id, table_name) where state = 'open'
do update set last_seen_at = excluded.last_seen_at, run_id = excluded.run_id, size_bytes = excluded.size_bytes,
  mtime = excluded.mtime, path = excluded.path, root = excluded.root, recorded_in = excluded.recorded_in`;
  return [supersede, open].map((text) => ({ text, values }));
}

function textOf(value: number | bigint | null): string | null {
  return value === null ? null : String(value);
}

/** The statements that record all drift of a commit. */
export function driftStatements(
  table: string,
  { changes, held }: Pick<Commit, 'changes' | 'held'>,
): Statement[] {
  const recorded = changes.flatMap((change) => change.drift ?? []);
  return [
    ...(recorded.length > 0 ? driftStatement(table, recorded, true) : []),
    ...(held.length > 0 ? driftStatement(table, held, false) : []),
  ];
}

/** Touches nothing when the entry is no longer what it was. */
export function decisionStatement({ driftId, from, to, note }: DriftDecision): Statement {
  const decided = to === 'open' ? 'null, null, null, null' : '$4, now(), $5, $6::uuid';
  return {
    text: `update salvor.drift set state = $3, (decided_by, decided_at, note, decision_id) = row(${decided})
where id = $1::bigint and state = $2`,
    values: [driftId, from, to, ...(to === 'open' ? [] : [note.actor, note.reason, note.runId])],
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
