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
    'char(10)': ['A1', 'A2', 'a1', '0123456789'],
    bpchar: ['x', 'longer than one'],
    'numeric(20,2)': ['1.50', '10.00', '-3.25'],
    name: ['n1', 'N2'],
    boolean: ['true', 'false'],
    inet: ['10.0.0.0/24', '2001:db8::/32'],
    date: ['2026-01-02', '1999-12-31'],
    'timestamp(3) with time zone': ['2026-01-02 03:04:05.678+00'],
    kind: ['large', 'small'],
    code: ['AB12', 'CD34'],
    'code-of-code': ['EF56'],
  };
  const types = `create type kind as enum ('small', 'large'); create domain code as char(4) check (value ~ '^[A-Z]{2}');
    create domain "code-of-code" as code;`;
  it.each(Object.entries(ids))('%s', async (type, values) => {
    const column = type === 'code-of-code' ? '"code-of-code"' : type;
    await using table = await tableOf(
      `${types} create schema "My Schema"; create table "My Schema"."Arti facts" ("The Id" ${column} primary key,
         "Type" text, "select" varchar(100), "Meta""Data" jsonb)`,
      {
        table: '"My Schema"."Arti facts"',
        columns: { id: 'The Id', type: 'Type', path: 'select', metadata: 'Meta"Data' },
      },
    );
    const { reader } = table.artifacts;
    await table.db.query(
      `insert into ${reader.table} select v::${column}, case when o % 2 = 0 then 't' end, 'p' || o
       from unnest($1::text[]) with ordinality as u(v, o)`,
      [values],
    );
    const one = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await reader.openKeys(after, 1, {});
      one.push(...page.keys);
      after = page.next;
      more = after !== undefined;
    }
    expect(one).toEqual((await reader.openKeys(undefined, 100, {})).keys);
    expect(one.map((key) => key.id).sort()).toEqual([...values].sort());
    const { rows: ordered } = await table.db.query<{ id: string }>(
      `select "The Id"::text as id from ${reader.table} order by "The Id"`,
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
    const second = await reader.openKeys(first.next, 1, {});
    expect([...first.keys, ...second.keys].map((key) => key.type)).toEqual(['a', 'z']);
    expect((await reader.openKeys(undefined, 9, { types: ['a'] })).keys).toEqual([{ id: '1', type: 'a' }]);
  });
});

describe('unsuitable tables', () => {
  it.each([
    ['registry.missing_table', { table: 'nothing' }],
    ['registry.missing_table', { table: 'series' }],
    ['registry.not_updatable', { table: 'computed' }],
    ['registry.missing_column', { columns: { ...PLAIN.columns, path: 'nothing' } }],
    ['registry.missing_column', { guard: ['nothing'] }],
    ['registry.id_type', { columns: { ...PLAIN.columns, id: 'place' } }],
    ['registry.id_type', { columns: { ...PLAIN.columns, id: 'tags' } }],
    ['registry.id_type', { columns: { ...PLAIN.columns, id: 'score' } }],
    ['registry.id_type', { columns: { ...PLAIN.columns, id: 'doc' } }],
    ['registry.column_type', { columns: { ...PLAIN.columns, metadata: 'place' } }],
  ])('%s', async (code, config) => {
    await using table = await tableOf(
      `${plainDdl()}; alter table artifacts add place point, add tags text[], add score float8, add doc json;
       create materialized view computed as select * from artifacts; create sequence series`,
    );
    await expect(describeArtifacts(table.db, { ...PLAIN, ...config })).rejects.toMatchObject({ code });
  });
});
