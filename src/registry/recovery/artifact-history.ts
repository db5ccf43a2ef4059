import type { Queries } from '../queries.js';

/** One thing that happened to an artifact. */
export interface HistoryEvent {
  at: Date;
  /** `journal`, `drift`, `decision`, `proof`, `file`. */
  kind: string;
  /** What happened, as the table has it: `bind`, `drift.accept`, `reject`… */
  what: string;
  by: string | null;
  detail: string | null;
}

/** Events of one kind beyond these are not shown: the newest are. */
const MAX_EVENTS = 200;

/** Where each kind of event is kept: with the state, or with journal and digests next to the artifacts. */
const SOURCES: readonly { table: string; isState: boolean; sql: string }[] = [
  {
    table: 'journal',
    isState: false,
    sql: `select j.at, 'journal' as kind, j.action as what, j.actor as by,
        pg_catalog.concat_ws('; ', 'entry ' || j.id, case when j.undoes is null then null else 'undoes entry ' || j.undoes end, j.reason) as detail
      from salvor.journal j where j.artifact_id = $1 and table_name in ($2, '') order by j.id desc limit ${MAX_EVENTS}`,
  },
  {
    table: 'drift',
    isState: false,
    sql: `select d.first_seen_at as at, 'drift' as kind, d.state as what, d.decided_by as by,
        pg_catalog.concat_ws('; ', d.class || ': ' || d.old_sha256 || ' became ' || d.new_sha256, d.note) as detail
      from salvor.drift d where d.artifact_id = $1 and table_name in ($2, '') order by d.id desc limit ${MAX_EVENTS}`,
  },
  {
    table: 'proofs',
    isState: false,
    sql: `select p.proved_at as at, 'proof' as kind, case when p.ok then 'restored' else 'failed' end as what,
        null as by, pg_catalog.concat_ws('; ', p.archive_url || ' : ' || p.member, p.sha256, p.reason) as detail
      from salvor.proofs p where p.artifact_id = $1 and table_name in ($2, '') order by p.id desc limit ${MAX_EVENTS}`,
  },
  {
    table: 'decisions',
    isState: true,
    sql: `select d.decided_at as at, 'decision' as kind, d.decision as what, d.actor as by,
        pg_catalog.concat_ws('; ', 'candidate ' || d.cid, d.note) as detail
      from salvor.decisions d where d.artifact_id = $1 and table_name in ($2, '') order by d.id desc limit ${MAX_EVENTS}`,
  },
  {
    table: 'file_todos',
    isState: true,
    sql: `select t.opened_at as at, 'file' as kind, t.kind || ' ' || t.state as what, t.host as by,
        pg_catalog.concat_ws('; ', t.root || '/' || t.path, t.kept, t.note) as detail
      from salvor.file_todos t where t.artifact_id = $1 and table_name in ($2, '') order by t.id desc limit ${MAX_EVENTS}`,
  },
];

/** Everything that Salvor knows to have happened to an artifact of this table, the oldest first. */
export async function artifactHistory(
  { id, table }: { id: string; table: string },
  databases: { ledger: Queries; state: Queries },
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for (const { table: source, isState, sql } of SOURCES) {
    const queries = isState ? databases.state : databases.ledger;
    const there = await queries.query(
      `select from pg_catalog.pg_tables t where t.schemaname = 'salvor' and t.tablename = $1`,
      [source],
    );
    if (there.rowCount > 0) events.push(...(await queries.query<HistoryEvent>(sql, [id, table])).rows);
  }
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}
