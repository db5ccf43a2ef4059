import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArtifacts } from '../../../src/registry/artifacts/artifacts.js';
import type { ArtifactWriter } from '../../../src/registry/artifacts/artifacts-port.js';
import { connect } from '../../../src/registry/database.js';
import { PLAIN } from '../../registry/artifacts-support.js';
import { makeWorld, type World } from './support.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

/** What others do between the reading of a row and its commit, the first `times` times. */
function interrupted(happens: () => Promise<unknown>, times = 1): { writer: ArtifactWriter } {
  const inner = world.artifacts.writer();
  let left = times;
  return {
    writer: {
      commit: async (commit) => {
        left -= 1;
        if (left >= 0) await happens();
        return inner.commit(commit);
      },
    },
  };
}

describe('rows that others change during the run', () => {
  beforeEach(async () => {
    await world.file('a', 'a');
    await world.file('b', 'bb');
    await world.row('1', 'a', '{"k": 1}');
  });

  it('keep the keys written by others', async () => {
    const { outcome } = await world.backfill(
      {},
      interrupted(() => world.sql(`update artifacts set metadata = metadata || '{"k": 2, "new": 1.50}'`)),
    );
    expect(outcome.summary).toMatchObject({ rows_updated: 1, rows_conflict: 0 });
    expect(await world.metadata('1')).toContain('"new": 1.50');
    expect(JSON.parse((await world.metadata('1')) ?? '')).toMatchObject({ k: 2, file_sha256: sha256('a') });
  });

  it('are read again when their path changed', async () => {
    const { outcome } = await world.backfill(
      {},
      interrupted(() => world.sql(`update artifacts set file_path = 'b'`)),
    );
    expect(outcome.summary).toMatchObject({ rows_scanned: 1, rows_updated: 1 });
    expect(JSON.parse((await world.metadata('1')) ?? '')).toMatchObject({
      file_sha256: sha256('bb'),
      file_size_bytes: 2,
    });
    expect(await world.sql('select path from salvor.digests')).toEqual([{ path: 'b' }]);
  });

  it('are left alone when someone else has hashed them', async () => {
    const theirs = `{"file_sha256": "${sha256('a')}", "file_size_bytes": 1, "file_sha256_computed_at": "2026-01-01T00:00:00Z"}`;
    const { outcome } = await world.backfill(
      {},
      interrupted(() => world.sql('update artifacts set metadata = $1', [theirs])),
    );
    expect(outcome.summary).toMatchObject({ rows_scanned: 0, rows_already_done: 1 });
    expect(await world.journal.log({})).toEqual([]);
  });

  it('that are deleted, or keep changing, are conflicts', async () => {
    const gone = await world.backfill(
      {},
      interrupted(() => world.sql(`delete from artifacts where id = '1'`)),
    );
    expect(gone.outcome.summary).toMatchObject({ rows_scanned: 1, rows_conflict: 1 });
    await world.row('2', 'a');
    let round = 0;
    const busy = await world.backfill(
      {},
      interrupted(() => {
        round += 1;
        return world.sql('update artifacts set metadata = $1', [`{"file_size_bytes": ${round}}`]);
      }, 10),
    );
    expect(busy.outcome).toMatchObject({ exitCode: 1, summary: { rows_conflict: 1 } });
    expect(busy.findings).toMatchObject([{ code: 'row.conflict', subject: '2' }]);
    expect(round).toBe(3);
  });

  it.each(['json', 'text'])('are spliced again when they are kept as %s', async (type) => {
    await world.sql(`alter table artifacts alter metadata type ${type} using metadata::text::${type}`);
    const reopened = { ...world, artifacts: await openArtifacts(world.db, PLAIN) };
    world.artifacts = reopened.artifacts;
    const inner = reopened.artifacts.writer();
    let first = true;
    const writer: ArtifactWriter = {
      commit: async (commit) => {
        if (first)
          await world.sql(`update artifacts set metadata = '{ "k" : 1.0,\t"n":12345678901234567890}'`);
        first = false;
        return inner.commit(commit);
      },
    };
    await world.backfill({}, { artifacts: reopened.artifacts.reader, writer });
    expect(await world.metadata('1')).toMatch(
      /^\{ "k" : 1\.0,\t"n":12345678901234567890,\t"file_sha256":"[0-9a-f]{64}",\t"file_size_bytes":1,\t"file_sha256_computed_at":"[^"]+"\}$/,
    );
    expect(
      (await world.backfill({}, { artifacts: reopened.artifacts.reader })).outcome.summary,
    ).toMatchObject({
      rows_scanned: 0,
      rows_already_done: 1,
    });
  });
});

describe('a trigger in their database', () => {
  const guarded = async (trigger: string) => {
    await world.sql(trigger);
    const artifacts = await openArtifacts(world.db, { ...PLAIN, guard: ['content_hash', 'title'] });
    return world.backfill({ batchRows: 2 }, { artifacts: artifacts.reader, writer: artifacts.writer() });
  };
  beforeEach(async () => {
    await world.file('a', 'a');
    for (const id of ['1', '2', '3']) await world.row(id, 'a');
    await world.sql(`update artifacts set content_hash = 'h'`);
  });

  it.each([
    ['before', 'before update on artifacts for each row when (new.id = $$3$$)'],
    ['after', 'after update on artifacts for each row when (new.id = $$3$$ and new.content_hash = $$h$$)'],
    ['deferred', ''],
  ])(
    'that changes a guarded column (%s) keeps its row from being written, and no other',
    async (kind, when) => {
      const body =
        kind === 'before'
          ? `new.content_hash := 'x'; return new;`
          : `update artifacts set content_hash = 'x' where id = '3'; return null;`;
      const create =
        kind === 'deferred'
          ? `create constraint trigger t after update on artifacts deferrable initially deferred for each row
             when (new.id = '3' and new.content_hash = 'h') execute function touch()`
          : `create trigger t ${when.replaceAll('$$', "'")} execute function touch()`;
      const { outcome, findings } = await guarded(
        `create function touch() returns trigger language plpgsql as $f$ begin ${body} end $f$; ${create}`,
      );
      expect(outcome).toMatchObject({ exitCode: 1, summary: { rows_updated: 2, rows_conflict: 1 } });
      // Once for the trigger, once for the row.
      expect(findings.map(({ code }) => code)).toEqual(['row.side_effect', 'row.side_effect']);
      expect(
        await world.sql(
          `select id from artifacts where content_hash <> 'h' or (id = '3' and metadata <> '{}')`,
        ),
      ).toEqual([]);
      expect(await world.journal.log({})).toHaveLength(2);
    },
  );

  it.each([
    ['its own batch', '2', 10],
    ['another batch', '3', 2],
    ['a batch of one', '3', 1],
  ])(
    'that changes a guarded column of another row, in %s, is never committed',
    async (_where, other, batchRows) => {
      await world.sql(
        `create function touch() returns trigger language plpgsql as $f$
         begin update artifacts set content_hash = 'x' where id = '${other}'; return null; end $f$;
       create trigger t after update on artifacts for each row when (new.id = '1') execute function touch()`,
      );
      const artifacts = await openArtifacts(world.db, { ...PLAIN, guard: ['content_hash', 'title'] });
      const tools = { artifacts: artifacts.reader, writer: artifacts.writer() };
      for (let run = 0; run < 2; run += 1) {
        const { outcome, findings } = await world.backfill({ batchRows }, tools);
        expect(outcome.exitCode).toBe(1);
        expect(findings.map(({ subject }) => subject)).toContain('1');
        expect(await world.sql(`select id from artifacts where content_hash <> 'h'`)).toEqual([]);
        expect(await world.sql(`select id from artifacts where metadata <> '{}' and id = '1'`)).toEqual([]);
      }
      expect(await world.sql(`select id from artifacts where metadata <> '{}'`)).not.toEqual([]);
    },
  );

  it('that changes another column of another row is allowed', async () => {
    const { outcome } = await guarded(
      `alter table artifacts add column touched int;
       create function touch() returns trigger language plpgsql as $f$
         begin update artifacts set touched = coalesce(touched, 0) + 1 where id = '3'; return null; end $f$;
       create trigger t after update of metadata on artifacts for each row when (new.id <> '3') execute function touch()`,
    );
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 3 } });
    expect(await world.sql(`select touched from artifacts where id = '3'`)).toEqual([{ touched: 2 }]);
  });

  it('that deletes another row is refused with its row', async () => {
    const { outcome } = await guarded(
      `create function touch() returns trigger language plpgsql as $f$
         begin delete from artifacts where id = '3'; return null; end $f$;
       create trigger t after update on artifacts for each row when (new.id = '1') execute function touch()`,
    );
    expect(outcome).toMatchObject({ exitCode: 1 });
    expect(await world.sql(`select count(*)::int as n from artifacts`)).toEqual([{ n: 3 }]);
  });

  it('that changes another column is allowed', async () => {
    const { outcome } = await guarded(
      `create function touch() returns trigger language plpgsql as $f$ begin new.artifact_type := 'x'; return new; end $f$;
       create trigger t before update on artifacts for each row execute function touch()`,
    );
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 3 } });
  });
});

describe('a constraint in their database', () => {
  it('that refuses some rows does not keep other rows from being written', async () => {
    await world.file('a', 'a');
    await world.file('b', 'b');
    for (let id = 0; id < 20; id += 1) await world.row(String(id), id % 7 === 3 ? 'b' : 'a');
    await world.sql(
      `alter table artifacts add constraint no_b check (file_path <> 'b' or not metadata ? 'file_sha256')`,
    );
    const { outcome, findings } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 1, summary: { rows_updated: 17, rows_conflict: 3 } });
    expect(findings.map((finding) => finding.subject).sort()).toEqual(['10', '17', '3']);
    expect(findings[0]?.message).toContain('no_b');
    expect(await world.journal.log({})).toHaveLength(17);
  });

  it('a full disk is not a constraint: the run ends with exit 3', async () => {
    await world.file('a', 'a');
    await world.row('1', 'a');
    await world.sql(`create function full_disk() returns trigger language plpgsql as $$ begin
      raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger full_disk before update on artifacts for each row execute function full_disk()`);
    const { outcome } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 3, failure: { code: 'registry.disk_full' } });
    expect(outcome.summary).toMatchObject({ rows_scanned: 0, rows_remaining: 1 });
  });
});

describe('a table in their database that mirrors the journal', () => {
  it('gets one row for each field, in the same transaction, under its own names and types', async () => {
    await world.sql(
      `create table "Edit History" (artifact_id text, field_name varchar(80), old_value jsonb, new_value text,
         changed_by text, change_type text, "timestamp" timestamptz, content_type text not null, weight int)`,
    );
    await world.file('a', 'a');
    await world.row('1', 'a', '{"file_size_bytes": [1, "x"]}');
    const artifacts = await openArtifacts(world.db, PLAIN, {
      mirror: {
        table: '"Edit History"',
        columns: {
          artifact_id: 'artifact_id',
          field: 'field_name',
          before: 'old_value',
          after: 'new_value',
          actor: 'changed_by',
          action: 'change_type',
          at: 'timestamp',
        },
        constants: { content_type: "art'ifact", weight: 7 },
      },
    });
    await world.backfill({}, { writer: artifacts.writer() });
    const rows = await world.sql<{ new_value: string }>(
      `select artifact_id, field_name, old_value, new_value, changed_by, change_type, content_type, weight
       from "Edit History" order by 2`,
    );
    const common = {
      artifact_id: '1',
      changed_by: 'test',
      change_type: 'checksum',
      content_type: "art'ifact",
      weight: 7,
    };
    expect(rows).toEqual([
      { ...common, field_name: 'metadata.file_sha256', old_value: null, new_value: sha256('a') },
      {
        ...common,
        field_name: 'metadata.file_sha256_computed_at',
        old_value: null,
        new_value: expect.stringMatching(/Z$/),
      },
      { ...common, field_name: 'metadata.file_size_bytes', old_value: [1, 'x'], new_value: '1' },
    ]);
    const at = await world.sql(`select from "Edit History" h join salvor.journal j on j.at = h."timestamp"`);
    expect(at).toHaveLength(3);
    await world.sql(`alter table "Edit History" add check (false) not valid`);
    await world.row('2', 'a');
    const refused = await world.backfill({}, { writer: artifacts.writer() });
    expect(refused.outcome).toMatchObject({ exitCode: 1, summary: { rows_conflict: 1 } });
    expect(await world.metadata('2')).toBe('{}');
  });

  it.each([
    [{ field: 'f' }, 'names no column for artifact_id'],
    [{ artifact_id: 'f', field: 'f', when: 'f' }, 'knows no when'],
  ])('with columns that make no sense is refused', async (columns, message) => {
    await world.sql('create table history (f text)');
    await expect(
      openArtifacts(world.db, PLAIN, { mirror: { table: 'history', columns } }),
    ).rejects.toMatchObject({
      code: 'registry.mirror',
      message: expect.stringContaining(message),
    });
  });
});

describe('a database under load', () => {
  it('deadlocks are retried', async () => {
    await world.file('a', 'a');
    for (const id of ['1', '2']) await world.row(id, 'a');
    const session = new pg.Client(world.url);
    await session.connect();
    await session.query('begin');
    await session.query(`set local deadlock_timeout = '10min'`);
    await session.query(`update artifacts set title = 'x' where id = '2'`);
    const run = world.backfill();
    await waitForLock(world);
    // The run holds row 1 and waits for row 2: the server must end one of them, and it is the one that checks.
    const update = session.query(`update artifacts set title = 'x' where id = '1'`);
    await update.then(() => session.query('commit'));
    expect((await run).outcome.summary).toMatchObject({ rows_updated: 2 });
    await session.end();
    expect(await world.journal.log({})).toHaveLength(2);
  });

  it('a serializable default isolation level is supported', async () => {
    await world.file('a', 'a');
    await world.row('1', 'a');
    await world.sql(
      `do $$ begin execute format('alter database %I set default_transaction_isolation = serializable', current_database()); end $$`,
    );
    const db = await connect(world.url);
    const artifacts = await openArtifacts(db, PLAIN);
    const { outcome } = await world.backfill({}, { artifacts: artifacts.reader, writer: artifacts.writer() });
    expect(outcome.summary.rows_updated).toBe(1);
    await db.close();
  });
});

describe('a registry that becomes unavailable', () => {
  it('ends the run with 3 and the counts of what was committed', async () => {
    await world.file('a', 'a');
    await world.sql(
      `insert into artifacts (id, file_path, metadata) select i::text, 'a', '{}' from generate_series(1, 50) i`,
    );
    const inner = world.artifacts.writer();
    let commits = 0;
    const writer: ArtifactWriter = {
      commit: async (commit) => {
        commits += 1;
        if (commits < 3) return inner.commit(commit);
        const [pending] = await Promise.allSettled([inner.commit(commit), world.terminateSessions()]);
        if (pending.status === 'fulfilled') throw new Error('the commit outlived its session');
        throw pending.reason;
      },
    };
    await world.sql(`create function slow() returns trigger language plpgsql as $$ begin
      if (select count(*) from salvor.journal) > 20 then perform pg_sleep(10); end if; return null; end $$;
      create trigger slow after update on artifacts for each statement execute function slow()`);
    const { outcome } = await world.backfill({ batchRows: 10 }, { writer });
    expect(outcome).toMatchObject({
      exitCode: 3,
      status: 'incomplete',
      failure: { code: 'registry.unavailable' },
    });
    expect(outcome.summary).toMatchObject({ rows_scanned: 20, rows_updated: 20, rows_remaining: 30 });
    await world.sql('drop trigger slow on artifacts');
    expect(await world.sql('select from salvor.journal')).toHaveLength(20);
    const resumed = await world.backfill({ batchRows: 10 });
    expect(resumed.outcome.summary).toMatchObject({ rows_updated: 30, rows_already_done: 20 });
  });
});

/** Until some session of this database waits for another's lock. */
async function waitForLock({ sql }: World): Promise<void> {
  for (;;) {
    const waiting = await sql(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
