import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from '../../../src/registry/database.js';

const TYPES = ['analysis', 'dataset', 'figure', 'model', 'notebook', 'paper_figure', 'table'];

/** The result of row `i`, by `i % 100`. */
const TRAPS: Readonly<Record<number, { result: string; code?: string }>> = {
  3: { result: 'drift', code: 'drift.detected' },
  11: { result: 'no_file', code: 'file.missing' },
  17: { result: 'lost', code: 'file.lost' },
  23: { result: 'pointer', code: 'file.pointer' },
  31: { result: 'outside_root', code: 'file.outside_root' },
  37: { result: 'not_regular' },
  41: { result: 'bad_metadata', code: 'row.bad_metadata' },
  47: { result: 'unchanged' },
  53: { result: 'already_done' },
  59: { result: 'no_path' },
};

export const resultOf = (i: number): string => TRAPS[i % 100]?.result ?? 'updated';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const MARKED = '"file_size_bytes": 1, "file_sha256_computed_at": "2026-01-01T00:00:00Z"';

/** A registry of `count` artifacts of seven types and their files, with traps of every kind in known places. */
export async function plant(db: Database, root: string, count: number): Promise<void> {
  await db.query(
    `create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb,
       title text, content_hash text)`,
  );
  const rows = Array.from({ length: count }, (_, i) => rowOf(i, root));
  await db.query(
    `insert into artifacts select id, type, path, metadata::jsonb, 'title ' || id, 'hash ' || id
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u(id, type, path, metadata)`,
    [0, 1, 2, 3].map((column) => rows.map((row) => row[column] ?? null)),
  );
}

function rowOf(i: number, root: string): [string, string, string | null, string | null] {
  const id = `a${String(i).padStart(5, '0')}`;
  const type = TYPES[i % TYPES.length] ?? '';
  const path = `${type}/${i % 40}/${id}.dat`;
  const metadata = i % 2 === 0 ? `{"n": ${i}.0, "big": 12345678901234567890}` : null;
  const content = `content of ${i}`;
  switch (resultOf(i)) {
    case 'drift':
      write(root, path, content);
      return [id, type, path, `{"file_sha256": "${sha256('before')}"}`];
    case 'no_file':
      return [id, type, path, metadata];
    case 'lost':
      return [id, type, path, `{"file_sha256": "${sha256('before')}"}`];
    case 'pointer':
      write(
        root,
        path,
        `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize 1\n`,
      );
      return [id, type, path, metadata];
    case 'outside_root':
      return [id, type, outside(i, root), metadata];
    case 'not_regular':
      mkdirSync(join(root, path), { recursive: true });
      return [id, type, path, metadata];
    case 'bad_metadata':
      write(root, path, content);
      return [id, type, path, '["not", "an object"]'];
    case 'unchanged':
      write(root, path, content);
      return [id, type, path, `{"file_sha256": "${sha256(content)}", "k": 1.50}`];
    case 'already_done':
      return [id, type, path, `{"file_sha256": "${sha256('x')}", ${MARKED}}`];
    case 'no_path':
      return [id, type, null, metadata];
    default:
      write(root, path, content);
      return [id, type, path, metadata];
  }
}

function outside(i: number, root: string): string {
  if (i % 300 < 100) return '../outside';
  if (i % 300 < 200) return '/etc/hostname';
  const link = `link${i}`;
  symlinkSync('/etc/hostname', join(root, link));
  return link;
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** The findings that a run over all of it must have: code and artifact. */
export function expectedFindings(count: number): string[] {
  return Array.from({ length: count }, (_, i) => i)
    .flatMap((i) => (TRAPS[i % 100]?.code ? [`${TRAPS[i % 100]?.code} a${String(i).padStart(5, '0')}`] : []))
    .sort();
}

/** What the rows say, without the times. */
export async function rowsOf(db: Database): Promise<unknown[]> {
  const { rows } = await db.query(
    `select id, artifact_type, file_path, metadata - 'file_sha256_computed_at' as m, metadata ? 'file_sha256_computed_at' as marked,
       title, content_hash from artifacts order by id`,
  );
  return rows;
}

/** What the rows and their journal say, without the times; `ids` are of rows with the keys and of journaled ones. */
export async function stateOf(db: Database): Promise<unknown> {
  const rows = await rowsOf(db);
  const journal = await db.query(
    `select artifact_id, action, before::text, (after -> 'metadata' ->> 'file_sha256') as sha256
     from salvor.journal order by artifact_id, id`,
  );
  const digests = await db.query(
    'select artifact_id, path, sha256, size_bytes from salvor.digests order by 1',
  );
  const drift = await db.query(
    'select artifact_id, old_sha256, new_sha256, class, state from salvor.drift order by 1',
  );
  return { rows, journal: journal.rows, digests: digests.rows, drift: drift.rows };
}
