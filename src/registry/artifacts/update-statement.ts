import { writeJournalValues } from '../journal/journal-values.js';
import { type MirrorShape, mirrorInsert, mirrorText } from '../journal/mirror.js';
import { quoteLiteral } from '../sql-script/literals.js';
import type { Statement } from '../sql-script/statement.js';
import type { ArtifactChange, DriftDecision } from './artifacts-port.js';
import { fingerprint } from './checksum-predicates.js';
import { spliceKeys } from './json-text-edit.js';
import { recordedText } from './recorded-columns.js';
import type { ArtifactShape } from './table-schema.js';

/** Every text column of the input, in order: what one change needs in SQL. */
const COLUMNS = [
  'id',
  'table_name',
  'read_path',
  'was_null',
  'read_raw',
  'new_path',
  'sets_path',
  'set_keys',
  'remove_keys',
  'new_raw',
  'before',
  'after',
  'action',
  'reason',
  'actor',
  'run_id',
  'undoes',
  'digest',
  'd_path',
  'd_root',
  'd_size',
  'd_mtime',
  'd_sha256',
  'd_at',
  'd_recorded',
  'r_text',
  'mirror',
] as const;

type InputRow = Record<(typeof COLUMNS)[number], string | null>;

interface StatementOptions {
  mirror?: MirrorShape | undefined;
  decision?: DriftDecision | undefined;
  /**
   * `artifacts`: the update and the mirror alone, for a registry that is only read. `state`: journal and digests alone,
   * as if every condition held; returns the journal's entries.
   */
  part?: 'all' | 'artifacts' | 'state';
}

/**
 * The statement that changes artifacts, each on condition that path and metadata are what was read, and that writes
 * journal, digests and mirror for exactly those that it changed. Returns their ids, and whether the row then held what
 * was to be written: a trigger may have changed it. All changes have read the same keys.
 */
export function changeStatement(
  shape: ArtifactShape,
  changes: readonly ArtifactChange[],
  { mirror, decision, part = 'all' }: StatementOptions = {},
): Statement {
  const keys = Object.keys(changes[0]?.read.metadata.keys ?? {});
  const merges = mergesInSql(shape, changes[0]);
  const rows = changes.map((change) => ({
    ...inputRow(change, merges, mirror !== undefined),
    table_name: shape.table,
    ...journalTexts(change, decision?.artifactId === change.artifactId ? decision : undefined),
  }));
  const names = [...COLUMNS, ...keys.map((_, i) => `k${i}`)];
  const values = [
    ...COLUMNS.map((column) => rows.map((row) => row[column])),
    ...keys.map((key) => changes.map((change) => change.read.metadata.keys[key] ?? null)),
  ];
  const setsPath = changes.some((change) => change.path !== undefined);
  const input = names.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const update = `update ${shape.table} as a set ${assignments(shape, merges, setsPath)}
  from input i
  where ${conditions(shape, merges, keys)}
  returning i.*, ${asWritten(shape, merges, setsPath)} as as_written`;
  // The planner takes `changed` for a single row whatever it holds, so nothing may be joined with it.
  const text = `with input as materialized (
  select * from unnest(${input}) with ordinality as i(${names.join(', ')}, ord)
), changed as (
  ${part === 'state' ? 'select i.* from input i' : update}
)${
    part === 'artifacts'
      ? ''
      : `, journaled as (
  insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor, undoes)
  select c.run_id::uuid, c.id, c.table_name, c.action, c.before::json, c.after::json, c.reason, c.actor, c.undoes::bigint
  from changed c order by c.ord
  returning id
), digested as (
  insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at, marker,
    recorded, metadata_hash)
  select c.id, c.table_name, c.d_path, c.d_root, c.d_size::bigint, ${timestampFromMicroseconds('c.d_mtime')}, c.d_sha256,
         c.d_at::timestamptz, c.d_at, c.d_recorded,
         ${merges ? 'null' : fingerprint('c.new_raw')}
  from changed c where c.digest = 'set'
  on conflict (artifact_id, table_name) do update set path = excluded.path, root = excluded.root,
    size_bytes = excluded.size_bytes, mtime = excluded.mtime, sha256 = excluded.sha256,
    computed_at = excluded.computed_at, marker = excluded.marker, verified_at = null, recorded = excluded.recorded,
    metadata_hash = excluded.metadata_hash
), forgotten as (
  delete from salvor.digests d using changed c where c.digest = 'forget' and d.artifact_id = c.id and d.table_name = c.table_name
)`
  }${mirror ? `, mirrored as (\n${mirrorInsert(mirror)}\n)` : ''}
${part === 'state' ? 'select j.id::text as entry from journaled j' : 'select c.id, c.as_written as "asWritten" from changed c'}`;
  return { text, values };
}

/** Changes that can share a statement have the same signature. */
export function signatureOf(shape: ArtifactShape, change: ArtifactChange): string {
  return JSON.stringify([mergesInSql(shape, change), ...Object.keys(change.read.metadata.keys)]);
}

/** To become NULL again a document must be known as a whole; everything else in `jsonb` is merged by the server. */
function mergesInSql(shape: ArtifactShape, change: ArtifactChange | undefined): boolean {
  return shape.metadata.merges && change?.backToNull !== true;
}

function assignments(shape: ArtifactShape, merges: boolean, setsPath: boolean): string {
  const metadata = merges
    ? `(coalesce(a.${shape.metadata.name}, '{}'::jsonb) - i.remove_keys::text[]) || i.set_keys::jsonb`
    : `i.new_raw::${shape.metadata.type}`;
  const path = `case when i.sets_path = 'yes' then i.new_path::${shape.path.type} else a.${shape.path.name} end`;
  return [`${shape.metadata.name} = ${metadata}`, ...(setsPath ? [`${shape.path.name} = ${path}`] : [])].join(
    ', ',
  );
}

/** True of a row that came out as it was to be written. */
function asWritten(shape: ArtifactShape, merges: boolean, setsPath: boolean): string {
  const column = `a.${shape.metadata.name}`;
  const metadata = merges
    ? `(coalesce((select pg_catalog.bool_and((${column} -> e.key) is not distinct from e.value)
        from pg_catalog.jsonb_each(i.set_keys::jsonb) e), true)
      and coalesce(pg_catalog.jsonb_typeof(${column}), '') = 'object'
      and not exists (select from unnest(i.remove_keys::text[]) as r(key) where ${column} -> r.key is not null))`
    : `${column}::text is not distinct from (i.new_raw::${shape.metadata.type})::text`;
  const path = `a.${shape.path.name}::text is not distinct from (i.new_path::${shape.path.type})::text`;
  return setsPath ? `(${metadata} and (i.sets_path <> 'yes' or ${path}))` : metadata;
}

/**
 * Finds the rows that a change was to update and did not, although its condition holds: a trigger or a rule discarded
 * the update. Asks for those alone that were not changed.
 */
export function discardedStatement(shape: ArtifactShape, changes: readonly ArtifactChange[]): Statement {
  const keys = Object.keys(changes[0]?.read.metadata.keys ?? {});
  const merges = mergesInSql(shape, changes[0]);
  const names = ['id', 'read_path', 'was_null', 'read_raw', 'r_text', ...keys.map((_, i) => `k${i}`)];
  const input = names.map((_, i) => `$${i + 1}::text[]`).join(', ');
  return {
    text: `select i.id from unnest(${input}) as i(${names.join(', ')}) join ${shape.table} a
  on ${conditions(shape, merges, keys)}`,
    values: [
      changes.map((change) => change.artifactId),
      changes.map(({ read }) => read.path),
      changes.map(({ read }) => String(read.metadata.wasNull)),
      changes.map(({ read }) => (merges ? null : read.metadata.raw)),
      changes.map(({ read }) => read.recordedText ?? null),
      ...keys.map((key) => changes.map((change) => change.read.metadata.keys[key] ?? null)),
    ],
  };
}

function conditions(shape: ArtifactShape, merges: boolean, keys: readonly string[]): string {
  const metadata = `a.${shape.metadata.name}`;
  const recorded = recordedText(shape.digests);
  const common = [
    `a.${shape.id.name} = i.id::${shape.id.type}`,
    // Says it again so that the planner fetches these rows: joined alone it may read the table, and every long document.
    `a.${shape.id.name} = any($1::text[]::${shape.id.type}[])`,
    `a.${shape.path.name}::text is not distinct from i.read_path`,
    ...(recorded === null ? [] : [`(i.r_text is null or ${recorded} = i.r_text)`]),
  ];
  if (!merges) return [...common, `${metadata}::text is not distinct from i.read_raw`].join('\n    and ');
  return [
    ...common,
    `(${metadata} is null) = i.was_null::boolean`,
    `coalesce(pg_catalog.jsonb_typeof(${metadata}), 'object') = 'object'`,
    ...keys.map((key, i) => `(${metadata} -> ${quoteLiteral(key)})::text is not distinct from i.k${i}`),
  ].join('\n    and ');
}

function inputRow(
  change: ArtifactChange,
  merges: boolean,
  mirrored: boolean,
): Omit<InputRow, 'before' | 'after' | 'table_name'> {
  const { read, note, digest } = change;
  const entry = digest === 'forget' ? undefined : digest;
  return {
    id: change.artifactId,
    read_path: read.path,
    was_null: String(read.metadata.wasNull),
    read_raw: merges ? null : read.metadata.raw,
    new_path: change.path ?? null,
    sets_path: change.path === undefined ? 'no' : 'yes',
    ...(merges ? mergedKeys(change) : { set_keys: null, remove_keys: null, new_raw: newText(change) }),
    action: note.action,
    reason: note.reason,
    actor: note.actor,
    run_id: note.runId,
    undoes: note.undoes ?? null,
    digest: digest === undefined ? null : digest === 'forget' ? 'forget' : 'set',
    d_path: entry?.path ?? null,
    d_root: entry?.root ?? null,
    d_size: entry === undefined ? null : String(entry.sizeBytes),
    d_mtime: entry === undefined ? null : String(entry.mtimeUs),
    d_sha256: entry?.sha256 ?? null,
    d_at: entry?.computedAt ?? null,
    d_recorded: entry?.recorded ?? null,
    r_text: read.recordedText ?? null,
    mirror: mirrored ? mirrorText(change) : null,
  };
}

function mergedKeys(change: ArtifactChange): Pick<InputRow, 'set_keys' | 'remove_keys' | 'new_raw'> {
  const set = Object.entries(change.keys).flatMap(([key, raw]) =>
    raw === null ? [] : [`${JSON.stringify(key)}:${raw}`],
  );
  const removed = Object.keys(change.keys).filter((key) => change.keys[key] === null);
  return { set_keys: `{${set.join(',')}}`, remove_keys: arrayLiteral(removed), new_raw: null };
}

function newText(change: ArtifactChange): string | null {
  const text = spliceKeys(change.read.metadata.raw ?? '{}', change.keys);
  return change.backToNull === true && text.replace(/\s/g, '') === '{}' ? null : text;
}

function journalTexts(
  change: ArtifactChange,
  decision: DriftDecision | undefined,
): Pick<InputRow, 'before' | 'after'> {
  const { read, path, keys } = change;
  const moved = path !== undefined;
  const touched = Object.keys(keys);
  const was = Object.fromEntries(touched.map((key) => [key, read.metadata.keys[key] ?? null]));
  const becomesNull = change.backToNull === true && newText(change) === null;
  return {
    before: writeJournalValues({
      ...(moved ? { path: read.path } : {}),
      ...(touched.length > 0 ? { metadata: { isNull: read.metadata.wasNull, keys: was } } : {}),
      ...(decision === undefined ? {} : { drift: { id: decision.driftId, state: decision.from } }),
    }),
    after: writeJournalValues({
      ...(moved ? { path } : {}),
      ...(touched.length > 0 ? { metadata: { isNull: becomesNull, keys } } : {}),
      ...(decision === undefined ? {} : { drift: { id: decision.driftId, state: decision.to } }),
    }),
  };
}

function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/(["\\])/g, '\\$1')}"`).join(',')}}`;
}

/** A timestamp from a number of microseconds, exactly. */
export function timestampFromMicroseconds(column: string): string {
  return `timestamptz 'epoch' + (${column} || ' microseconds')::interval`;
}
