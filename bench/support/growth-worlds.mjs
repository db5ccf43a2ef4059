// What the jobs of the growth benchmark work on, at any size.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const TABLE =
  'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb, title text)';
/** The bytes of each content. */
const SIZE = 10;

/** Archives and their listings below `b/`, of which the last has none; and below `o/`, of which every tenth has none. */
export function keyAt(size, index) {
  if (index < size)
    return `b/data-${String((index + 1) >> 1).padStart(8, '0')}.tar.gz${index % 2 === 1 ? '' : '.list.txt'}`;
  const place = index - size;
  const archive = Math.floor(place / 19) * 10 + ((place % 19) >> 1);
  return `o/data-${String(archive).padStart(8, '0')}.tar.gz${(place % 19) % 2 === 0 ? '' : '.list.txt'}`;
}

/** An archive of files of one block each, all different. */
function writeArchive(file, members) {
  const blocks = Buffer.alloc(members * 1024 + 1024);
  for (let n = 0; n < members; n += 1) {
    const block = blocks.subarray(n * 1024, n * 1024 + 512);
    block.write(`d/member-${n}`, 0);
    block.write('0000644\x000000000\x000000000\x0000000000012\x0014500000000\x00        0', 100);
    block.write('ustar\x0000', 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.write(String(n).padStart(SIZE, '0'), n * 1024 + 512);
  }
  writeFileSync(file, gzipSync(blocks));
}

/** All rows have the same small file, so that only the cost per row is measured. */
export async function oneFileWorld({ base, database, endpoint, size }) {
  mkdirSync(join(base, 'root'));
  writeFileSync(join(base, 'root', 'file.csv'), 'a,b\n1,2\n');
  const archive = join(base, 'members.tar.gz');
  writeArchive(archive, size);
  await database.query(TABLE);
  await database.query(
    `insert into artifacts select 'a' || n, 'dataset', 'file.csv', jsonb_build_object('notes', repeat('x', 200))
     from generate_series(1, ${size}) as g(n)`,
  );
  const config = writeConfig(
    base,
    `roots: [{ path: "${join(base, 'root')}" }]
s3: { endpoint_url: "${endpoint}", region: us-east-1, path_style: true }
backups: [{ url: "s3://bench/b/" }]
health: { ndjson: "${join(base, 'events.ndjson')}" }
watchdog: { expect: [{ job: listings verify, within: 26h }] }
`,
  );
  return { config, archive };
}

/** Every row is a member of one archive. */
export async function drillWorld({ base, database, size }) {
  mkdirSync(join(base, 'store'));
  mkdirSync(join(base, 'root'));
  const archive = join(base, 'store', 'members.tar.gz');
  writeArchive(archive, size);
  await database.query(TABLE);
  await database.query(
    `insert into artifacts select 'a' || n, 'dataset', 'd/member-' || n - 1, jsonb_build_object(
       'file_sha256', encode(sha256(lpad((n - 1)::text, ${SIZE}, '0')::bytea), 'hex'),
       'file_size_bytes', ${SIZE}, 'file_sha256_computed_at', '2026-01-02T03:04:05.678Z')
     from generate_series(1, ${size}) as g(n)`,
  );
  const config = writeConfig(
    base,
    `roots: [{ path: "${join(base, 'root')}" }]
recovery: { sources: [{ archives: "file://${join(base, 'store')}/" }] }
`,
  );
  return { config, archive };
}

export function writeConfig(base, text) {
  const config = join(base, 'salvor.yaml');
  writeFileSync(config, `registry: { url: "embedded:${join(base, 'pg')}" }\n${text}`, { mode: 0o600 });
  return config;
}
