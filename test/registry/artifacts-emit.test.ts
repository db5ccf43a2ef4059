import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArtifacts } from '../../src/registry/artifacts/artifacts.js';
import type { Commit } from '../../src/registry/artifacts/artifacts-port.js';
import { connect } from '../../src/registry/database.js';
import type { DriftSighting } from '../../src/registry/drift/drift-port.js';
import { asScript } from '../../src/registry/sql-script/literals.js';
import { freshDatabase } from '../support/postgres.js';
import { caseCount } from '../support/property-runs.js';
import { changeOf, PLAIN, plainDdl, type Table, tableOf } from './artifacts-support.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-emit-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the script as psql would: removes psql's own commands and sends the rest unchanged. */
async function runScript(url: string, path: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(readFileSync(path, 'utf8').replace(/^\\.*$/gm, ''));
  } finally {
    await client.end();
  }
}

const MIRROR = {
  table: 'history',
  columns: { artifact_id: 'a', field: 'f', before: 'b', after: 'c', actor: 'd' },
};
const SETUP = `create table history (a text, f text, b jsonb, c text, d text);
  insert into artifacts select i::text, 't', E'p\\\\ ''$1''' || i, '{"k": 1.0}' from generate_series(1, 4) i;
  insert into artifacts values ('null', 't', 'p', null);`;

const sighting = (artifactId: string): DriftSighting => ({
  artifactId,
  artifactType: 't',
  runId: '00000000-0000-4000-8000-000000000001',
  actor: 'test',
  recordedDigests: null,
  foundDigests: null,
  recordedIn: null,
  oldSizeBytes: null,
  oldMtimeUs: null,
  oldSha256: 'a'.repeat(64),
  newSha256: 'b'.repeat(64),
  sizeBytes: 3,
  mtimeUs: 1_700_000_000_123_456n,
  path: `it's "$2"\\`,
  root: '/r',
  class: 'corrupt',
  seenAt: new Date('2026-05-01T10:00:00.123Z'),
});

async function commitFor(table: Table): Promise<Commit> {
  const rows = await table.artifacts.reader.read(['1', '2', '3', 'null'], { keys: ['file_sha256', 'k'] });
  const note = {
    action: 'test',
    runId: '00000000-0000-4000-8000-000000000001',
    actor: `o'brien \\ $1 "x"`,
    reason: 'a\nb\u00e9',
  };
  const changes = rows.map((row, i) =>
    changeOf(row, {
      keys: { file_sha256: '"it\'s \\\\ $1 \\"quoted\\""', ...(i === 1 ? { k: null } : {}) },
      ...(i === 2 ? { path: null } : {}),
      note,
      digest: {
        path: 'p',
        root: '/r',
        sizeBytes: 1,
        mtimeUs: -5n,
        sha256: 'c'.repeat(64),
        computedAt: '2026-05-01T10:00:00.000Z',
      },
      ...(i === 0 ? { drift: sighting('1') } : {}),
    }),
  );
  return { changes, held: [sighting('4')] };
}

async function everything(table: Table): Promise<unknown> {
  const state: Record<string, unknown> = {};
  for (const [name, columns] of [
    ['artifacts', '*, metadata::text as raw'],
    ['salvor.journal', 'id, run_id, artifact_id, action, before::text, after::text, reason, actor, undoes'],
    ['salvor.digests', '*'],
    ['salvor.drift', '*'],
    ['history', '*'],
  ]) {
    state[name ?? ''] = (await table.db.query(`select ${columns} from ${name} order by 1, 2, 3`)).rows;
  }
  return state;
}

describe.each(['jsonb', 'json', 'text'])(
  'a script for a registry that is only read, metadata as %s',
  (type) => {
    it('has exactly the effect of writing, and no further effect if it is run again', async () => {
      await using written = await tableOf(`${plainDdl(type)};${SETUP}`, {}, MIRROR);
      await using scripted = await tableOf(`${plainDdl(type)};${SETUP}`, {}, MIRROR);
      const before = await everything(scripted);
      expect(await written.artifacts.writer().commit(await commitFor(written))).toEqual(
        new Set(['1', '2', '3', 'null']),
      );
      const path = join(directory, `${type}.sql`);
      const script = scripted.artifacts.scriptWriter(path);
      await script.commit(await commitFor(scripted));
      script.close();
      expect(await everything(scripted)).toEqual(before);
      await runScript(scripted.url, path);
      expect(await everything(scripted)).toEqual(await everything(written));
      await runScript(scripted.url, path);
      expect(await everything(scripted)).toEqual(await everything(written));
    });
  },
);

describe('a script', () => {
  it('does not change rows that changed since they were read', async () => {
    await using table = await tableOf(`${plainDdl()};${SETUP}`, {}, MIRROR);
    const path = join(directory, 'stale.sql');
    const script = table.artifacts.scriptWriter(path);
    await script.commit(await commitFor(table));
    script.close();
    await table.db.query(`update artifacts set file_path = 'moved' where id = '1'`);
    await table.db.query(`update artifacts set metadata = metadata || '{"file_sha256": 1}' where id = '2'`);
    await runScript(table.url, path);
    const { rows } = await table.db.query<{ id: string }>(
      'select artifact_id as id from salvor.journal order by id',
    );
    expect(rows.map((row) => row.id)).toEqual(['3', 'null']);
    expect((await table.db.query('select from salvor.drift')).rowCount).toBe(1);
  });

  it('refuses a guarded column that a trigger changes', async () => {
    await using table = await tableOf(
      `${plainDdl()}; ${SETUP} alter table artifacts add content_hash text;
       create function touch() returns trigger language plpgsql as $$ begin new.content_hash := 'x'; return new; end $$;
       create trigger t before update on artifacts for each row when (new.id = '3') execute function touch()`,
      { guard: ['content_hash'] },
      MIRROR,
    );
    const path = join(directory, 'guard.sql');
    const script = table.artifacts.scriptWriter(path);
    await script.commit(await commitFor(table));
    script.close();
    await expect(runScript(table.url, path)).rejects.toThrow('row.side_effect');
    expect((await table.db.query('select from salvor.journal')).rowCount).toBe(0);
    await table.db.query('drop trigger t on artifacts');
    await runScript(table.url, path);
    expect((await table.db.query('select from salvor.journal')).rowCount).toBe(4);
  });

  it("creates Salvor's tables if there are none, once", async () => {
    const fresh = await freshDatabase({ empty: true });
    const db = await connect(fresh.url, { readOnly: true });
    const admin = await connect(fresh.url);
    await admin.query(`${plainDdl()};${SETUP}`);
    const artifacts = await openArtifacts(db, PLAIN);
    expect(await artifacts.reader.counts({})).toMatchObject([{ type: 't', rows: 5, done: 0 }]);
    expect(await artifacts.drift.openCount()).toBe(0);
    const path = join(directory, 'fresh.sql');
    const script = artifacts.scriptWriter(path);
    const [row] = await artifacts.reader.read(['1']);
    await script.commit({ changes: [changeOf(row, { keys: { file_sha256: '"x"' } })], held: [] });
    script.close();
    await expect(db.query(`update artifacts set metadata = '{}'`)).rejects.toMatchObject({
      code: 'registry.read_only',
    });
    await runScript(fresh.url, path);
    await runScript(fresh.url, path);
    expect((await admin.query('select from salvor.journal')).rowCount).toBe(1);
    await admin.close();
    await db.close();
    await fresh.drop();
  });
});

describe('values as literals', () => {
  it('are exact, whatever they contain and however the server reads strings', async () => {
    await using table = await tableOf(plainDdl());
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), text, fc.boolean(), async (list, one, standard) => {
        const sql = asScript({
          text: `select $1::text[] as list, '$1' as dollar, $2::text as one`,
          values: [list, one],
        });
        await table.db.transaction(async (tx) => {
          await tx.query(`set local standard_conforming_strings = ${standard}`);
          const { rows } = await tx.query(sql.replace(/;\n$/, ''));
          expect(rows).toEqual([{ list, dollar: '$1', one }]);
        });
      }),
      { numRuns: caseCount(200) },
    );
  });
});
