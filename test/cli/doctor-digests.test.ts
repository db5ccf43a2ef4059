import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { salvorHere } from '../support/cli-in-process.js';
import { freshDatabase } from '../support/postgres.js';

const MD5_OF_A = '0cc175b9c0f1b6a831c399e269772661';
const SHA1_OF_B = 'e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98';

it('what doctor suggests for registry.digests works as pasted: matching digests are written, others are held', async () => {
  const fresh = await freshDatabase();
  const admin = new pg.Client(fresh.url);
  await admin.connect();
  const base = await mkdtemp(join(tmpdir(), 'salvor-lookalikes-'));
  try {
    await admin.query(
      `create table public.things (id text primary key, artifact_type text, file_path text, metadata jsonb, "etag md5" text);
       insert into public.things select n::text, 'dataset', n || '.csv',
         jsonb_build_object('sha1', '${SHA1_OF_B}', 'note', 'x'), '${MD5_OF_A}' from generate_series(1, 12) n;
       update public.things set metadata = '{}' where id = '1';
       update public.things set "etag md5" = null where id = '2'`,
    );
    await mkdir(join(base, 'data'));
    for (let n = 1; n <= 12; n += 1) await writeFile(join(base, 'data', `${n}.csv`), n === 2 ? 'b' : 'a');
    const file = join(base, 'salvor.yaml');
    const write = (more = ''): Promise<void> =>
      writeFile(
        file,
        `registry:\n  url: ${JSON.stringify(fresh.url)}\n  table: public.things\n${more}roots:\n  - path: ${base}/data\n`,
        { mode: 0o600 },
      );
    const salvor = async (...args: string[]) => {
      const { code, stdout } = await salvorHere([...args, '--config', file, '--json']);
      return { code, json: JSON.parse(stdout) };
    };
    const digestChecks = async () => {
      const { json } = await salvor('doctor');
      const checks: { name: string; state: string; message: string; fix?: string }[] = json.summary.checks;
      return checks.filter(({ name }) => name === 'recorded digests');
    };

    await write();
    const [proposed] = await digestChecks();
    expect(proposed).toMatchObject({ state: 'warning' });
    const [, line] = /registry: \{ (digests: \[.*\]) \}/.exec(proposed?.fix ?? '') ?? [];
    expect(line).toContain('sha1');
    expect(line).toContain('etag md5');

    await write(`  ${line}\n`);
    expect((await digestChecks()).map(({ state, message }) => `${state} ${message}`).sort()).toEqual([
      'ok etag md5 is configured; all of its 11 values in the first 12 rows can be read',
      expect.stringMatching(
        /^ok (metadata\.)?sha1 is configured; all of its 11 values in the first 12 rows can be read$/,
      ),
    ]);
    // A column is found as SQL would find it: nothing is missing, and nothing is proposed again.
    await write('  digests: [{ key: sha1, algorithm: sha1 }, { column: ETAG MD5, algorithm: md5 }]\n');
    expect((await digestChecks()).map(({ state }) => state)).toEqual(['ok', 'ok']);
    // What is misspelled, or of another algorithm than configured, would never be compared.
    await write(
      '  digests: [{ key: metadata.sha11, algorithm: sha1 }, { column: etag md5, algorithm: sha256 }]\n',
    );
    expect((await digestChecks()).slice(0, 2)).toMatchObject([
      { state: 'warning', message: 'metadata.sha11 is configured, but has no value in the first 12 rows' },
      {
        state: 'warning',
        message: `11 of 11 values of etag md5 in the first 12 rows cannot be read, for example "${MD5_OF_A}": it is not a sha256 in 64 hex digits or base64`,
      },
    ]);
    await write(`  ${line}\n`);
    const { code, json } = await salvor('checksums', 'backfill');
    // The rows 1 and 2 have one digest each, which fits; all others have one that does not.
    expect([code, json.summary.rows_updated, json.summary.drift_events]).toEqual([1, 2, 10]);
    const { rows } = await admin.query(
      "select id from public.things where metadata ? 'file_sha256' order by id",
    );
    expect(rows.map(({ id }) => id)).toEqual(['1', '2']);
  } finally {
    await admin.end();
    await fresh.drop();
    await rm(base, { recursive: true, force: true });
  }
});
