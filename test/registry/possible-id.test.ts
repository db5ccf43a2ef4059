import { afterAll, beforeAll, expect, it } from 'vitest';
import { canBeId } from '../../src/registry/artifacts/possible-id.js';
import { connect, type Database } from '../../src/registry/database.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await connect(fresh.url);
});
afterAll(async () => {
  await database?.close();
  await fresh?.drop();
});

const UUID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const TEXTS: Record<string, { ids: string[]; others: string[] }> = {
  smallint: { ids: ['0', '32767', '-32768'], others: ['32768', '-32769', '1.5', 'checkpoint', ''] },
  integer: { ids: ['2147483647', '-2147483648'], others: ['2147483648', '-2147483649', '9999999999'] },
  bigint: {
    ids: ['9223372036854775807', '-9223372036854775808'],
    others: ['9223372036854775808', '-9223372036854775809', '9'.repeat(40), UUID],
  },
  numeric: { ids: ['1', '-12.50', '9'.repeat(40)], others: ['checkpoint', '', '1.'.concat('x')] },
  uuid: {
    ids: [UUID, UUID.toUpperCase()],
    others: ['checkpoint', '', UUID.slice(1), `${UUID}0`, '-'.repeat(36)],
  },
};

it.each(Object.entries(TEXTS))(
  'takes for an id of type %s what the server takes',
  async (type, { ids, others }) => {
    const texts = [...ids, ...others];
    const { rows } = await database.query<{ text: string; valid: boolean }>(
      'select t as text, pg_catalog.pg_input_is_valid(t, $2) as valid from unnest($1::text[]) as t',
      [texts, type],
    );
    const shape = { id: { name: 'id', type } };
    expect(rows.filter(({ valid }) => valid).map(({ text }) => text)).toEqual(ids);
    expect(texts.filter((text) => canBeId(text, shape))).toEqual(ids);
  },
);

it('takes any text for an id of another type, except one that the server cannot hold', () => {
  const shape = { id: { name: 'id', type: 'text' } };
  expect(['', 'checkpoint', '1\0'].filter((text) => canBeId(text, shape))).toEqual(['', 'checkpoint']);
});
