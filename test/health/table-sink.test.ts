import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HealthDatabase } from '../../src/health/database.js';
import { tableSink } from '../../src/health/table-sink.js';
import { connect, type Database } from '../../src/registry/database.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ended, NOW, running } from './samples.js';

let fresh: FreshDatabase;
let db: Database;
beforeAll(async () => {
  fresh = await freshDatabase({ empty: true });
  db = await connect(fresh.url);
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});
beforeEach(async () => {
  await db.query('drop schema public cascade');
  await db.query('create schema public');
  await db.query('drop schema if exists "Ops" cascade');
});

const rowsOf = async (table: string): Promise<Record<string, unknown>[]> =>
  (await db.query(`select * from ${table} order by 1`)).rows;

describe('tableSink, without a table', () => {
  it('creates fleet_health_events and writes the running row and the final one', async () => {
    const sink = tableSink(db);
    const start = running();
    const end = ended({ status: 'findings', exitCode: 1, summary: { missing: 3 } }, { id: start.runId });
    await sink.write(start);
    await sink.write(end);
    expect(await rowsOf('fleet_health_events')).toEqual([
      expect.objectContaining({
        event_id: start.eventId,
        run_id: start.runId,
        host: 'host-a',
        source: 'salvor',
        check_name: 'listings verify',
        status: 'running',
        severity: 'info',
        started_at: start.startedAt,
        created_at: NOW,
      }),
      expect.objectContaining({
        event_id: end.eventId,
        run_id: start.runId,
        status: 'findings',
        severity: 'error',
        metrics: expect.objectContaining({ missing: 3, exit_code: 1 }),
      }),
    ]);
  });

  it('is created once by many processes at once, and no event is lost', async () => {
    await Promise.all(Array.from({ length: 8 }, () => tableSink(db).write(running())));
    expect(await rowsOf('fleet_health_events')).toHaveLength(8);
  });

  it('reports what it found and what it created', async () => {
    const first = await tableSink(db).prepare();
    expect(first).toMatchObject({ table: '"public"."fleet_health_events"', created: true });
    expect(Object.keys(first.columns)).not.toContain('id');
    expect(await tableSink(db).prepare()).toMatchObject({ created: false, columns: first.columns });
    expect(await rowsOf('fleet_health_events')).toEqual([]);
  });

  it('accepts any text, even NUL and broken surrogates', async () => {
    const event = ended({ message: 'a\0b\ud800', summary: { 'k\0': ['\udc00', { deep: '\0' }], ok: '😀' } });
    await tableSink(db).write(event);
    const [row] = await rowsOf('fleet_health_events');
    expect(row).toMatchObject({
      message: 'a\ufffdb\ufffd',
      metrics: { 'k\ufffd': ['\ufffd', { deep: '\ufffd' }], ok: '😀' },
    });
  });
});

describe('tableSink, with an existing table of another program', () => {
  it('uses its names, its types and its defaults, and finds it in any schema', async () => {
    await db.query('create schema "Ops"');
    await db.query(`create type "Ops".level as enum ('OK', 'WARN', 'CRIT')`);
    await db.query(`create type "Ops".state as enum ('started', 'success', 'failed')`);
    await db.query(`create domain "Ops".name as varchar(12) not null`);
    await db.query(`create table "Ops"."Fleet Events" (
      id uuid primary key, seq bigserial, metric_name "Ops".name, "Status" "Ops".state not null,
      severity "Ops".level not null default 'CRIT', host varchar(4), message varchar(20), metrics text not null,
      started_at timestamp, created_at date not null, run_id varchar(36), source json,
      team text not null default 'fleet', doubled text generated always as (host || host) stored)`);
    const sink = tableSink(db, {
      table: '"Ops"."Fleet Events"',
      columns: { check_name: 'metric_name', status: 'Status' },
    });
    const event = ended({ status: 'findings', exitCode: 1, message: `twenty 😀 ${'x'.repeat(40)}` });
    await sink.write(event);
    const shown = await db.query(
      `select *, started_at::text as started, created_at::text as created from "Ops"."Fleet Events"`,
    );
    expect(shown.rows).toEqual([
      expect.objectContaining({
        id: event.eventId,
        seq: 1,
        metric_name: 'listings ver',
        Status: 'failed',
        severity: 'CRIT',
        host: 'host',
        message: `twenty 😀 ${'x'.repeat(11)}`,
        started: '2026-06-02 01:59:00',
        created: '2026-06-02',
        run_id: event.runId,
        source: 'salvor',
        team: 'fleet',
        doubled: 'hosthost',
      }),
    ]);
    expect(JSON.parse(String(shown.rows[0]?.metrics))).toEqual(event.metrics);
  });

  it('uses the folded name if the name as written does not exist', async () => {
    await db.query('create schema "Ops"');
    await db.query('create table "Ops".health_log (check_name text, status text)');
    await tableSink(db, { table: '"Ops".Health_Log' }).write(running());
    expect(await rowsOf('"Ops".health_log')).toEqual([{ check_name: 'listings verify', status: 'running' }]);
  });

  it('writes into a partitioned table, and through a view', async () => {
    await db.query(
      'create table events (check_name text, status text, created_at timestamptz) partition by range (created_at)',
    );
    await db.query(
      `create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01')`,
    );
    await db.query('create view seen as select * from events');
    await tableSink(db, { table: 'events' }).write(running());
    await tableSink(db, { table: 'seen' }).write(ended());
    expect(await rowsOf('events_2026')).toHaveLength(2);
  });

  it('fills more fields of the event on request', async () => {
    await db.query('create table e (check_name text, status text, code int, area text, done timestamptz)');
    const sink = tableSink(db, {
      table: 'e',
      columns: { exit_code: 'code', scope: 'area', finished_at: 'done' },
    });
    await sink.write(running());
    await sink.write(ended({ status: 'incomplete', exitCode: 3 }));
    expect(await db.query('select code, area, done from e order by code nulls first')).toMatchObject({
      rows: [
        { code: null, area: 's3://scope/backups/', done: null },
        { code: 3, area: 's3://scope/backups/', done: NOW },
      ],
    });
  });

  it('does not create a table that the configuration names', async () => {
    await expect(tableSink(db, { table: 'elsewhere.events' }).write(running())).rejects.toMatchObject({
      code: 'health.table_missing',
      message: expect.stringContaining('"elsewhere"."events"'),
    });
    await tableSink(db, { table: 'fleet_health_events' }).write(running());
    expect(await rowsOf('fleet_health_events')).toHaveLength(1);
  });

  it('says which required column nothing is mapped to, before it writes anything', async () => {
    await db.query('create table e (check_name text, status text, team text not null, region text not null)');
    await expect(tableSink(db, { table: 'e' }).write(running())).rejects.toMatchObject({
      code: 'health.column_unmapped',
      message: expect.stringContaining('"team", "region"'),
      hint: expect.stringContaining('health.columns'),
    });
  });

  it('says which label an enum lacks, and still writes what has one', async () => {
    await db.query(`create type outcome as enum ('ok', 'failed')`);
    await db.query('create table e (check_name text, status outcome)');
    const sink = tableSink(db, { table: 'e' });
    await expect(sink.write(running())).rejects.toMatchObject({
      code: 'health.column_type',
      message: expect.stringContaining('no label for "running"'),
      hint: expect.stringContaining("ALTER TYPE outcome ADD VALUE 'running'"),
    });
    await sink.write(ended({ status: 'incomplete', exitCode: 3 }));
    expect(await rowsOf('e')).toEqual([{ check_name: 'listings verify', status: 'failed' }]);
  });

  it('reports why a constraint refuses the row', async () => {
    await db.query(
      `create table e (check_name text, status text constraint known check (status in ('up', 'down')))`,
    );
    await expect(tableSink(db, { table: 'e' }).write(running())).rejects.toMatchObject({
      code: 'health.event_refused',
      message: expect.stringContaining('"known"'),
    });
  });

  it('reads the columns again after the table was altered', async () => {
    await db.query('create table e (check_name text, status text, message text)');
    const sink = tableSink(db, { table: 'e' });
    await sink.write(running());
    await db.query('alter table e drop column message');
    await expect(sink.write(running())).rejects.toMatchObject({ code: 'health.event_refused' });
    await sink.write(ended());
    expect(await rowsOf('e')).toHaveLength(2);
  });
});

describe('tableSink, with the least grants', () => {
  /** Every statement as a role that may do what `grants` says and nothing else. */
  async function asRole(grants: string[]): Promise<HealthDatabase> {
    const role = `least_${randomUUID().replaceAll('-', '')}`;
    await db.query(`create role ${role}`);
    await db.query(`grant usage on schema public to ${role}`);
    for (const grant of grants) await db.query(`${grant} to ${role}`);
    return {
      query: (text, params) =>
        db.transaction(async (tx) => {
          await tx.query(`set local role ${role}`);
          return tx.query(text, params);
        }),
    };
  }

  it('needs INSERT on the table and nothing else', async () => {
    await tableSink(db).prepare();
    const least = await asRole(['grant insert on fleet_health_events']);
    await tableSink(least).write(running());
    expect(await rowsOf('fleet_health_events')).toHaveLength(1);
  });

  it('says which grant is missing', async () => {
    await tableSink(db).prepare();
    await expect(tableSink(await asRole([])).write(running())).rejects.toMatchObject({
      code: 'health.table_denied',
      hint: expect.stringContaining('GRANT INSERT ON "public"."fleet_health_events"'),
    });
  });

  it('shows the statement for a DBA if it may not create the table', async () => {
    await expect(tableSink(await asRole([])).write(running())).rejects.toMatchObject({
      code: 'health.table_denied',
      hint: expect.stringContaining('create table if not exists fleet_health_events'),
    });
  });
});

describe('tableSink, with no database', () => {
  it('reports that it is gone, and works again when it is back', async () => {
    let gone = true;
    const flaky: HealthDatabase = {
      query: (text, params) =>
        gone ? Promise.reject(new Error('Connection terminated')) : db.query(text, params),
    };
    const sink = tableSink(flaky);
    await expect(sink.write(running())).rejects.toThrow('Connection terminated');
    gone = false;
    await sink.write(ended());
    expect(await rowsOf('fleet_health_events')).toHaveLength(1);
  });
});
