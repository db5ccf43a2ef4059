import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { PostgresJournal } from '../../src/registry/journal/journal.js';
import { undoJournal } from '../../src/registry/journal/undo.js';
import { migrations } from '../../src/registry/migrations/all.js';
import { migrate } from '../../src/registry/migrations/migrate.js';
import { freshDatabase } from '../support/postgres.js';
import { changeOf, plainDdl, tableOf } from './artifacts-support.js';

const BEFORE = migrations.filter((step) => step.version < 10);

it.each([
  ['the configured table', plainDdl().replace('artifacts', 'things'), 'things', 'salvor.things'],
  [
    'the only table that looks like it',
    plainDdl().replace('artifacts', 'things'),
    undefined,
    'salvor.things',
  ],
  [
    'a table whose name SQL must quote',
    plainDdl().replace('artifacts', '"My Things"'),
    'My Things',
    'salvor."My Things"',
  ],
  ['none, where two look like it', `${plainDdl()}; ${plainDdl().replace('artifacts', 'b')}`, undefined, ''],
])('entries of an older version belong to %s', async (_, ddl, configured, expected) => {
  const fresh = await freshDatabase({ empty: true });
  const db = await connect(fresh.url);
  try {
    await migrate(db, BEFORE);
    await db.query(ddl);
    await db.query(
      `insert into salvor.journal (artifact_id, action, before, after, actor) values ('1', 'checksum', '{}', '{}', 'x')`,
    );
    await migrate(db, migrations, configured);
    expect((await db.query('select table_name from salvor.journal')).rows).toEqual([
      { table_name: expected },
    ]);
    await expect(
      db.query(
        `insert into salvor.journal (artifact_id, action, before, after, actor) values ('1', 'c', '{}', '{}', 'x')`,
      ),
    ).rejects.toThrow(/table_name/);
  } finally {
    await db.close();
    await fresh.drop();
  }
});

it.each([
  ['the configured table', 'artifacts', 'salvor.artifacts'],
  ['whichever table asks, where the configured one is in another database', 'elsewhere', ''],
])(
  'decisions, rows of plans and proofs of an older version belong to %s',
  async (_, configured, expected) => {
    const fresh = await freshDatabase({ empty: true });
    const db = await connect(fresh.url);
    try {
      await migrate(
        db,
        migrations.filter((step) => step.version < 13),
      );
      await db.query(plainDdl());
      await db.query(
        `insert into salvor.decisions (artifact_id, decision, detail, actor) values ('1', 'reject', '{}', 'x');
       insert into salvor.recovery_rows (artifact_id, artifact_type, status, plan_id, plan_row)
         values ('1', 't', 'residual', gen_random_uuid(), '{}');
       insert into salvor.proofs (run_id, artifact_id, sha256, ok, reason)
         values (gen_random_uuid(), '1', repeat('a', 64), false, 'no copy')`,
      );
      await migrate(db, migrations, configured);
      for (const table of ['decisions', 'recovery_rows', 'proofs']) {
        expect((await db.query(`select table_name from salvor.${table}`)).rows).toEqual([
          { table_name: expected },
        ]);
      }
    } finally {
      await db.close();
      await fresh.drop();
    }
  },
);

it('an entry about another table is not taken back here', async () => {
  await using table = await tableOf(`${plainDdl()}; ${plainDdl().replace('artifacts', 'other')};
    insert into artifacts values ('1', 't', 'p', '{}'); insert into other values ('1', 't', 'p', '{}')`);
  const runId = randomUUID();
  const [row] = await table.artifacts.reader.read(['1']);
  const note = { action: 'test', runId, actor: 'x', reason: null };
  await table.artifacts
    .writer()
    .commit({ changes: [changeOf(row, { keys: { file_sha256: '"x"' }, note })], held: [] });
  const { openArtifacts } = await import('../../src/registry/artifacts/artifacts.js');
  const elsewhere = await openArtifacts(table.db, {
    table: 'other',
    columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
  });
  const refused: string[] = [];
  const summary = await undoJournal(
    { target: { runId }, runId: null, actor: 'x', reason: null },
    {
      runs: { isRunning: async () => false },
      journal: new PostgresJournal(table.db),
      artifacts: elsewhere.reader,
      writer: elsewhere.writer(),
      onRefused: (finding) => refused.push(finding.message),
      signal: new AbortController().signal,
    },
  );
  expect(summary).toMatchObject({ undone: 0, refused: 1 });
  expect(refused[0]).toContain('it is about the table salvor.artifacts, and registry.table is salvor.other');
});
