import { afterEach, describe, expect, it } from 'vitest';
import { openArtifacts } from '../../../src/registry/artifacts/artifacts.js';
import type { ArtifactReader } from '../../../src/registry/artifacts/artifacts-port.js';
import { makeWorld, runBackfill, type World, type WorldOptions } from './support.js';

let world: World;
afterEach(() => world.close());

const COLUMNS = 'artifact_type text, file_path text, metadata jsonb';

async function three(options: WorldOptions): Promise<void> {
  world = await makeWorld(options);
  for (const name of ['a.csv', 'b.csv', 'c.csv']) await world.file(name, name);
}

describe('every key that was found has a result', () => {
  it.each(['char(10)', 'bpchar', 'varchar(12)', 'numeric(12,0)'])('ids of type %s', async (idType) => {
    await three({ idType });
    for (const [i, name] of ['a.csv', 'b.csv', 'c.csv'].entries()) await world.row(`${i + 1}0`, name);
    const { outcome, findings } = await world.backfill();
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 3, rows_remaining: 0 } });
  });

  it('a row that exists and is not returned is run.accounting', async () => {
    await three({});
    await world.row('1', 'a.csv');
    await world.row('2', 'b.csv');
    const artifacts = withReader((reader) => ({
      read: async (ids, o) => (await reader.read(ids, o)).slice(1),
    }));
    const { outcome } = await world.backfill({}, { artifacts });
    expect(outcome).toMatchObject({ exitCode: 3, failure: { code: 'run.accounting' } });
  });

  it('a row that was deleted during the run is not', async () => {
    await three({});
    await world.row('1', 'a.csv');
    await world.row('2', 'b.csv');
    const artifacts = withReader((reader) => ({
      read: async (ids, o) => {
        await world.sql("delete from artifacts where id = '1'");
        return reader.read(ids, o);
      },
    }));
    const { outcome } = await world.backfill({}, { artifacts });
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 1, rows_remaining: 0 } });
  });
});

function withReader(change: (reader: ArtifactReader) => Partial<ArtifactReader>): ArtifactReader {
  const { reader } = world.artifacts;
  return {
    table: reader.table,
    ambiguousIds: () => reader.ambiguousIds(),
    counts: (filter) => reader.counts(filter),
    openKeys: (after, rows, filter) => reader.openKeys(after, rows, filter),
    allKeys: (after, rows, filter) => reader.allKeys(after, rows, filter),
    oldestDone: (after, limit, filter) => reader.oldestDone(after, limit, filter),
    read: (ids, options) => reader.read(ids, options),
    occurrences: (ids) => reader.occurrences(ids),
    paths: () => reader.paths(),
    ...change(reader),
  };
}

describe('ids that are not unique', () => {
  const leftAlone = { rows_updated: 1, rows_id_not_unique: 2, rows_remaining: 0, rows_conflict: 0 };

  it.each([
    ['a composite key', `create table artifacts (id int, ${COLUMNS}, primary key (id, artifact_type))`],
    [
      'partitions by type',
      `create table artifacts (id int, ${COLUMNS}, primary key (id, artifact_type)) partition by list (artifact_type);
       create table artifacts_a partition of artifacts for values in ('a');
       create table artifacts_rest partition of artifacts default`,
    ],
    [
      'children by inheritance',
      `create table artifacts (id int primary key, ${COLUMNS}); create table artifacts_b () inherits (artifacts)`,
    ],
  ])('%s: those rows are left alone and named, all others get their turn', async (what, ddl) => {
    await three({ ddl });
    await world.row('1', 'a.csv', '{}', 'a');
    const twin = what.startsWith('children') ? 'artifacts_b' : 'artifacts';
    await world.sql(`insert into ${twin} values (1, 'b', 'b.csv', '{}')`);
    await world.row('2', 'c.csv', '{}', 'a');
    for (const batchRows of [500, 1]) {
      const { outcome, findings } = await world.backfill({ batchRows });
      const summary = batchRows === 500 ? leftAlone : { rows_id_not_unique: 2, rows_already_done: 1 };
      expect(outcome).toMatchObject({ exitCode: 1, summary });
      expect(findings).toMatchObject([{ code: 'registry.id_not_unique', severity: 'error' }]);
      expect(findings[0]?.message).toContain('2 rows of salvor.artifacts were skipped');
      expect(findings[0]?.message).toContain('several rows have the id "1"');
    }
    const rows = await world.sql<{ m: string }>('select metadata::text as m from artifacts where id = 1');
    expect(rows.map(({ m }) => m)).toEqual(['{}', '{}']);
  });

  it('also if they are spelled differently: neither row is written', async () => {
    await three({ ddl: `create table artifacts (id numeric, ${COLUMNS})` });
    const rows = "(1, 'a', 'a.csv', '{}'), (1.0, 'a', 'a.csv', '{}'), (2, 'a', 'c.csv', '{}')";
    await world.sql(`insert into artifacts values ${rows}`);
    const { outcome } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 1, summary: leftAlone });
    const left = await world.sql("select from artifacts where metadata = '{}'");
    expect(left).toHaveLength(2);
  });

  it('rows without an id are named too', async () => {
    await three({ ddl: `create table artifacts (id int, ${COLUMNS})` });
    await world.sql("insert into artifacts values (null, 'a', 'a.csv', '{}'), (2, 'a', 'b.csv', '{}')");
    const { outcome, findings } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 1, summary: { rows_updated: 1 } });
    expect(findings[0]?.message).toContain('1 row has no id');
  });
});

describe('two tables with equal ids', () => {
  it('share no digest, no drift and no journal entry', async () => {
    await three({});
    await world.sql(`create table other (id text primary key, ${COLUMNS})`);
    await world.sql("insert into other values ('1', 'dataset', 'b.csv', '{}')");
    await world.row('1', 'a.csv');
    const other = await openArtifacts(world.db, {
      table: 'other',
      columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
    });
    const ran = await world.backfill();
    await runBackfill(world.root, other, other.drift as typeof world.drift, {}, {});
    expect(await world.sql('select table_name, path from salvor.digests order by 1')).toEqual([
      { table_name: 'salvor.artifacts', path: 'a.csv' },
      { table_name: 'salvor.other', path: 'b.csv' },
    ]);
    await world.file('a.csv', 'changed');
    await world.sql("update artifacts set metadata = metadata - 'file_sha256_computed_at'");
    expect((await world.backfill()).outcome.summary).toMatchObject({ drift_events: 1, drift_open: 1 });
    expect(await other.drift.openCount()).toBe(0);
    expect(await other.drift.list({ artifactId: '1' })).toEqual([]);
    const [entry] = await world.journal.log({ runId: ran.runId });
    expect(entry?.table).toBe('salvor.artifacts');
  });
});
