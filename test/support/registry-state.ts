import type { Database } from '../../src/registry/database.js';

/** What a run must leave behind, a part at a time, without what differs from run to run. */
const PARTS = {
  artifacts: `select id::text as key, artifact_type, file_path, metadata - 'file_sha256_computed_at' as metadata,
    metadata ? 'file_sha256_computed_at' as timed, content_hash from artifacts`,
  journal: `select artifact_id as key, action, before::jsonb as before,
    after::jsonb #- '{metadata,file_sha256_computed_at}' as after, reason, undoes from salvor.journal`,
  digests: `select artifact_id as key, path, root, size_bytes, mtime, sha256 from salvor.digests`,
  drift: `select artifact_id as key, old_sha256, new_sha256, size_bytes, mtime, class, state from salvor.drift`,
} as const;

export type Part = keyof typeof PARTS;
export type State = Record<Part, string[]>;

const NAMES = Object.keys(PARTS) as Part[];
/** Enough to see what is wrong. */
const SHOWN = 10;

/** The rows of every part as texts, in order. */
export async function stateOf(database: Database): Promise<State> {
  const state: State = { artifacts: [], journal: [], digests: [], drift: [] };
  for (const name of NAMES) state[name] = await rowsOf(database, name);
  return state;
}

/** Rows that only one of the two holds. Only parts whose digests differ are read, so that size does not matter. */
export async function differences(one: Database, other: Database): Promise<Partial<Record<Part, string[]>>> {
  const found: Partial<Record<Part, string[]>> = {};
  for (const name of NAMES) {
    if ((await digestOf(one, name)) === (await digestOf(other, name))) continue;
    const [ours, theirs] = [await rowsOf(one, name), await rowsOf(other, name)];
    found[name] = [...only(ours, theirs, 'first'), ...only(theirs, ours, 'second')].slice(0, SHOWN);
  }
  return found;
}

async function rowsOf(database: Database, name: Part): Promise<string[]> {
  const { rows } = await database.query<{ text: string }>(
    `select s.text from (${texts(name)}) s order by s.text collate "C"`,
  );
  return rows.map(({ text }) => text);
}

async function digestOf(database: Database, name: Part): Promise<string> {
  const { rows } = await database.query<{ digest: string }>(
    `select count(*) || ' ' || md5(coalesce(string_agg(md5(s.text), '' order by s.text collate "C"), '')) as digest
     from (${texts(name)}) s`,
  );
  return rows[0]?.digest ?? '';
}

function texts(name: Part): string {
  return `select to_jsonb(p)::text as text from (${PARTS[name]}) p`;
}

/** A row that one has twice and the other once counts as one that only one has. */
function only(rows: readonly string[], others: readonly string[], which: string): string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  return rows.flatMap((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count > 0 ? [] : [`only in the ${which}: ${row}`];
  });
}
