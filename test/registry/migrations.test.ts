import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { migrations } from '../../src/registry/migrations/all.js';
import { migrate, pendingMigrations, printSql } from '../../src/registry/migrations/migrate.js';
import { openRegistry } from '../../src/registry/registry.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let fresh: FreshDatabase;
let database: Database;

beforeEach(async () => {
  fresh = await freshDatabase({ empty: true });
  database = await connect(fresh.url);
});

afterEach(async () => {
  await database.close();
  await fresh.drop();
});

const names = migrations.map((step) => step.name);

describe('migrations', () => {
  it('are numbered in order, no number twice', () => {
    const versions = migrations.map((step) => step.version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('are applied once', async () => {
    expect(await pendingMigrations(database)).toEqual(names);
    expect(await migrate(database)).toEqual(names);
    expect(await pendingMigrations(database)).toEqual([]);
    expect(await migrate(database)).toEqual([]);
  });

  it('are applied once by many at a time', async () => {
    const others = await Promise.all(
      Array.from({ length: 6 }, () => connect(fresh.url, { maxConnections: 1 })),
    );
    // Each session has seen that nothing is there, and must not believe it after it has waited for the lock.
    await Promise.all(others.map((other) => pendingMigrations(other)));
    const applied = await Promise.all(others.map((other) => migrate(other)));
    await Promise.all(others.map((other) => other.close()));
    expect(applied.flat()).toEqual(names);
  });

  it('leave nothing behind if one of them fails', async () => {
    const broken = { version: 999, name: 'broken', sql: 'create tabel x ()', grants: {} };
    await expect(migrate(database, [...migrations, broken])).rejects.toThrow(/syntax error/);
    expect(await pendingMigrations(database)).toEqual(names);
    const { rowCount } = await database.query("select from pg_namespace where nspname = 'salvor'");
    expect(rowCount).toBe(0);
  });

  it('refuse a schema that a newer salvor has changed', async () => {
    await migrate(database);
    await database.query("insert into salvor.migrations (version, name) values (9999, 'from the future')");
    await expect(migrate(database)).rejects.toMatchObject({ code: 'registry.newer_schema', exitCode: 3 });
    await expect(openRegistry(fresh.url)).rejects.toMatchObject({ code: 'registry.newer_schema' });
  });

  it("are not applied to someone's database without being asked", async () => {
    await expect(openRegistry(fresh.url)).rejects.toMatchObject({
      code: 'registry.not_initialised',
      exitCode: 3,
    });
    const registry = await openRegistry(fresh.url, { migrate: 'always' });
    expect(await registry.runs.list({})).toEqual([]);
    await registry.close();
  });
});

describe('the script for a DBA', () => {
  async function withRole<T>(work: (role: string, url: string) => Promise<T>): Promise<T> {
    const role = `role_${fresh.name}`;
    await database.query(`create role "${role}" login`);
    try {
      return await work(role, fresh.url.replace('salvor@', `${role}@`));
    } finally {
      await database.query(`drop owned by "${role}"`);
      await database.query(`drop role "${role}"`);
    }
  }

  it('creates what the migrations create, and grants enough for a run and its baseline', async () => {
    await withRole(async (role, url) => {
      await database.query('revoke temporary on database '.concat(fresh.name, ' from public'));
      await database.query(printSql(role));
      expect(await pendingMigrations(database)).toEqual([]);
      const registry = await openRegistry(url);
      const id = '00000000-0000-4000-8000-000000000001';
      const run = await registry.runs.begin({
        id,
        job: 'listings verify',
        scope: 's3://b/',
        host: 'h',
        options: {},
        qualifying: true,
        version: '0',
        startedAt: new Date(),
      });
      await run.findings.stage([
        { code: 'listing.missing', subject: 's3://b/a.tar', severity: 'error', violation: true },
      ]);
      await run.finish({
        status: 'findings',
        exitCode: 1,
        qualifying: true,
        summary: {},
        finishedAt: new Date(),
        settle: { completePrefixes: ['s3://b/'] },
      });
      expect(await registry.baselines.accept(id)).toEqual({ scope: 's3://b/', accepted: 1, dropped: 0 });
      await registry.close();
    });
  });

  it('grants no more than that', async () => {
    await withRole(async (role, url) => {
      await database.query(printSql(role));
      const least = await connect(url);
      for (const statement of [
        'delete from salvor.journal',
        'truncate salvor.findings',
        'create table salvor.x ()',
      ]) {
        await expect(least.query(statement)).rejects.toMatchObject({ code: 'registry.denied' });
      }
      await least.close();
    });
  });

  it('quotes the name of the role', () => {
    expect(printSql(`a"b'c`)).toContain(`to "a""b'c";`);
    expect(printSql(`a"b'c`)).toContain(`'a"b''c'`);
  });
});
