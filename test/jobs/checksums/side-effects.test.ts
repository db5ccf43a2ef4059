import { afterEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './support.js';

let world: World;
afterEach(() => world.close());

const TRIGGER = (body: string, when = 'before', more = ''): string => `
  create function spoil() returns trigger language plpgsql as $$ begin ${body} end $$;
  create ${more === '' ? '' : 'constraint'} trigger spoils ${when} update on artifacts ${more} for each row execute function spoil()`;

describe('a write is read back: rows that do not match what was written are rolled back, and the others are written', () => {
  it.each([
    [
      'drops a key',
      "if new.id in ('2', '4') then new.metadata := new.metadata - 'file_size_bytes'; end if; return new;",
    ],
    [
      'changes the digest',
      `if new.id in ('2', '4') then
         new.metadata := jsonb_set(new.metadata, '{file_sha256}', to_jsonb(upper(new.metadata ->> 'file_sha256')));
       end if; return new;`,
    ],
    ['discards the update', "if new.id in ('2', '4') then return null; end if; return new;"],
    ['restores the whole row', "if new.id in ('2', '4') then return old; end if; return new;"],
  ])('a trigger that %s', async (_, body) => {
    world = await makeWorld();
    for (const id of ['1', '2', '3', '4', '5']) {
      await world.file(`${id}.csv`, id);
      await world.row(id, `${id}.csv`);
    }
    await world.sql(TRIGGER(body));
    for (const batchRows of [500, 2]) {
      const { outcome, findings } = await world.backfill({ batchRows });
      expect(outcome.exitCode).toBe(1);
      expect(outcome.summary).toMatchObject({ rows_conflict: 2, rows_remaining: 0 });
      expect(findings.map(({ code, subject }) => `${code} ${subject}`).sort()).toEqual([
        'row.side_effect 2',
        'row.side_effect 4',
        `row.side_effect ${world.artifacts.shape.table}`,
      ]);
      const told = findings.filter(({ message }) => message.includes('spoils'));
      expect(told.map(({ subject }) => subject)).toEqual([world.artifacts.shape.table]);
    }
    expect((await world.journal.log({})).map((entry) => entry.artifactId).sort()).toEqual(['1', '3', '5']);
    expect(await world.metadata('2')).toBe('{}');
    expect(await world.sql('select artifact_id from salvor.digests order by 1')).toEqual(
      ['1', '3', '5'].map((id) => ({ artifact_id: id })),
    );
  });

  it('a trigger that changes only other columns is allowed', async () => {
    world = await makeWorld();
    await world.file('1.csv', '1');
    await world.row('1', '1.csv');
    await world.sql(TRIGGER("new.title := 'touched'; return new;"));
    const { outcome, findings } = await world.backfill();
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 1 } });
  });

  it('metadata kept as text', async () => {
    world = await makeWorld({ metadataType: 'text' });
    await world.file('1.csv', '1');
    await world.row('1', '1.csv');
    await world.sql(TRIGGER("new.metadata := new.metadata || ' '; return new;"));
    const { outcome } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 1, summary: { rows_conflict: 1 } });
    expect(await world.metadata('1')).toBe('{}');
  });
});
