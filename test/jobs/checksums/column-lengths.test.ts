import { afterEach, expect, it } from 'vitest';
import { makeWorld, type World } from './support.js';

let world: World;
afterEach(() => world.close());

it.each([
  ['varchar(200)', ''],
  ['short', 'create domain short as varchar(200);'],
])('metadata that does not fit into %s is refused and left as it was, never cut', async (type, before) => {
  const ddl = `${before} create table artifacts (id text primary key, artifact_type text, file_path text, metadata ${type})`;
  world = await makeWorld({ ddl });
  await world.file('a.csv', 'a');
  await world.file('b.csv', 'b');
  const long = `{"note":"${'x'.repeat(100)}"}`;
  await world.row('1', 'a.csv', long);
  await world.row('2', 'b.csv', '{}');
  const { outcome, findings } = await world.backfill();
  expect(outcome).toMatchObject({ exitCode: 1, summary: { rows_updated: 1 } });
  expect(findings).toMatchObject([{ code: 'row.refused', message: expect.stringContaining('too long') }]);
  const rows = await world.sql<{ m: string }>('select rtrim(metadata::text) as m from artifacts order by id');
  expect(rows[0]?.m).toBe(long);
  expect(JSON.parse(rows[1]?.m ?? '')).toHaveProperty('file_sha256');
});
