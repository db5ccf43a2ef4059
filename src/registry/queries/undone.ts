import type { Asks } from './asks.js';
import { tableExists } from './table-exists.js';

/** How much of what a run changed has been taken back. */
export interface Undone {
  undone: number;
  lastAt: Date;
  by: string;
}

/** Of these runs, those of which something was undone. An undo that was itself undone no longer counts. */
export async function undoneOf(artifacts: Asks, runIds: readonly string[]): Promise<Map<string, Undone>> {
  if (!(await tableExists(artifacts, 'salvor.journal')) || runIds.length === 0) return new Map();
  const { rows } = await artifacts.query<{ run_id: string; undone: number; at: Date; by: string }>(
    `select j.run_id, count(*)::integer as undone, max(u.at) as at,
       (pg_catalog.array_agg(u.actor order by u.id desc))[1] as by
     from salvor.journal u join salvor.journal j on j.id = u.undoes
     where u.undoes is not null and j.run_id = any($1::uuid[])
       and not exists (select from salvor.journal again where again.undoes = u.id)
     group by j.run_id`,
    [runIds],
  );
  return new Map(rows.map(({ run_id, undone, at, by }) => [run_id, { undone, lastAt: at, by }]));
}
