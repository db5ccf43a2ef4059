import { describe, expect, it } from 'vitest';
import { parseTableName } from '../../src/registry/artifacts/table-name.js';
import { describeArtifacts } from '../../src/registry/artifacts/table-schema.js';
import { changeOf, PLAIN, plainDdl, tableOf } from './artifacts-support.js';

describe('names of tables', () => {
  it.each([
    ['artifacts', [['artifacts', false]]],
    [
      'scidex.artifacts',
      [
        ['scidex', false],
        ['artifacts', false],
      ],
    ],
    [
      '"My Schema"."A.r""t"',
      [
        ['My Schema', true],
        ['A.r"t', true],
      ],
    ],
    [
      's."T"',
      [
        ['s', false],
        ['T', true],
      ],
    ],
  ])('%s', (text, parts) => {
    expect(parseTableName(text).map(({ name, quoted }) => [name, quoted])).toEqual(parts);
  });

  it.each(['', '.', 'a.', '.a', 'a.b.c', '"a', 'a"b', '""'])('refuses %j', (text) => {
    expect(() => parseTableName(text)).toThrowError(expect.objectContaining({ code: 'usage.table' }));
  });
});

describe('tables of any name, with ids of any kind', () => {
  const ids = {
    text: ['a', 'B', 'ä', "o'clock", '10', '9'],
    'varchar(40)': ['x', 'y', 'z'],
    uuid: ['00000000-0000-4000-8000-000000000001', 'ffffffff-0000-4000-8000-000000000001'],
    integer: ['1', '2', '10', '-5'],
    bigint: ['9007199254740993', '9007199254740992', '3'],
    smallint: ['1', '2'],
  };
  it.each(Object.entries(ids))('%s', async (type, values) => {
    await using table = await tableOf(
      `create schema "My Schema"; create table "My Schema"."Arti facts" ("The Id" ${type} primary key,
         "Type" text, "select" varchar(100), "Meta""Data" jsonb)`,
      {
        table: '"My Schema"."Arti facts"',
        columns: { id: 'The Id', type: 'Type', path: 'select', metadata: 'Meta"Data' },
      },
    );
    const { reader } = table.artifacts;
    await table.db.query(
      `insert into ${reader.table} select v::${type}, case when o % 2 = 0 then 't' end, 'p' || o
       from unnest($1::text[]) with ordinality as u(v, o)`,
      [values],
    );
    const one = [];
    for (
      let [key] = await reader.openKeys(undefined, 1, {});
      key;
      [key] = await reader.openKeys(key, 1, {})
    ) {
      one.push(key);
    }
    expect(one).toEqual(await reader.openKeys(undefined, 100, {}));
    expect(one.map((key) => key.id).sort()).toEqual([...values].sort());
    const { rows: ordered } = await table.db.query<{ id: string }>(
      `select "The Id"::text as id from ${reader.table} order by "Type" nulls last, "The Id"`,
    );
    expect(one.map((key) => key.id)).toEqual(ordered.map((row) => row.id));
    const rows = await reader.read(values);
    const changed = await table.artifacts.writer().commit({
      changes: rows.map((row) => changeOf({ ...row }, { keys: {}, path: `${row.path}!` })),
      held: [],
    });
    expect([...changed].sort()).toEqual([...values].sort());
    expect((await reader.read(values)).every((row) => row.path?.endsWith('!'))).toBe(true);
  });

  it('an enum as type, a view as table, a name that SQL would fold', async () => {
    await using table = await tableOf(
      `create type kind as enum ('z', 'a'); create table base (id int primary key, kind kind, file_path text, metadata jsonb);
       create view artifacts as select * from base; insert into base values (1, 'a', 'p'), (2, 'z', 'q')`,
      { table: 'Artifacts', columns: { ...PLAIN.columns, type: 'Kind' } },
    );
    const { reader } = table.artifacts;
    const first = await reader.openKeys(undefined, 1, {});
    expect([...first, ...(await reader.openKeys(first[0], 1, {}))].map((key) => key.type)).toEqual([
      'z',
      'a',
    ]);
    expect(await reader.openKeys(undefined, 9, { types: ['a'] })).toEqual([{ id: '1', type: 'a' }]);
  });
});

describe('tables that will not do', () => {
  it.each([
    ['registry.missing_table', { table: 'nothing' }],
    ['registry.missing_column', { columns: { ...PLAIN.columns, path: 'nothing' } }],
    ['registry.missing_column', { guard: ['nothing'] }],
    ['registry.column_type', { columns: { ...PLAIN.columns, id: 'at' } }],
    ['registry.column_type', { columns: { ...PLAIN.columns, metadata: 'at' } }],
  ])('%s', async (code, config) => {
    await using table = await tableOf(`${plainDdl()}; alter table artifacts add at timestamptz`);
    await expect(describeArtifacts(table.db, { ...PLAIN, ...config })).rejects.toMatchObject({ code });
  });
});
