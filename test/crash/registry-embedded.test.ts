import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { isAlive } from '../../src/registry/embedded/process-identity.js';
import { compiledSources } from '../support/compiled.js';
import { postmasterPid } from '../support/postgres.js';
import { RegistryChild } from '../support/registry-child.js';

let sources: Awaited<ReturnType<typeof compiledSources>>;
let base: string;
let directory: string;
let children: RegistryChild[];

beforeAll(async () => {
  sources = await compiledSources();
});
afterAll(() => sources.remove());

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'salvor-crash-'));
  directory = join(base, 'registry');
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  const pid = await postmasterPid(directory);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  await expect.poll(async () => postmasterPid(directory)).toBeUndefined();
  await rm(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

function child(options: { detached?: boolean } = {}): RegistryChild {
  const made = new RegistryChild(sources.directory, `embedded:${directory}`, options);
  children.push(made);
  return made;
}

async function serverIsGone(): Promise<void> {
  expect(await postmasterPid(directory)).toBeUndefined();
  expect(await readdir(join(directory, 'data'))).not.toContain('postmaster.pid');
}

async function rowsOf(table: string): Promise<number> {
  const database = await connect(`embedded:${directory}`);
  const { rows } = await database.query<{ n: number }>(`select count(*)::integer as n from ${table}`);
  await database.close();
  return rows[0]?.n ?? -1;
}

describe('an embedded registry that does not exist yet', () => {
  it('is created once by many processes that start at once, shared, and stopped by the last', async () => {
    const many = Array.from({ length: 8 }, () => child());
    await Promise.all(many.map((one) => one.tell('connect')));
    const pids = many.map((one) =>
      one.tell<{ pid: string }[]>('query', { text: "select pg_read_file('postmaster.pid') as pid" }),
    );
    expect(new Set((await Promise.all(pids)).map((rows) => rows[0]?.pid)).size).toBe(1);
    const names = await readdir(directory);
    expect(names.filter((name) => /new|lock$|lock\./.test(name) && !name.startsWith('.s.'))).toEqual([]);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const [last, ...others] = many;
    await Promise.all(others.map((one) => one.tell('close')));
    expect(await last?.tell('query', { text: 'select 1 as one' })).toEqual([{ one: 1 }]);
    await last?.tell('close');
    await serverIsGone();
  });

  it('is created by the next process if the first was killed while creating it', async () => {
    const first = child();
    first.send('connect');
    await expect
      .poll(
        async () => (await readdir(directory).catch(() => [])).some((name) => name.startsWith('data.new-')),
        { interval: 5 },
      )
      .toBe(true);
    await first.kill();
    const database = await connect(`embedded:${directory}`);
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await database.close();
    await serverIsGone();
  });

  it('is not confused by the remains of an interrupted initdb', async () => {
    const gone = child();
    await gone.end();
    const leavings = join(directory, `data.new-${gone.pid}-0`);
    await mkdir(leavings, { recursive: true });
    await writeFile(join(leavings, 'PG_VERSION'), '18\n');
    await (await connect(`embedded:${directory}`)).close();
    expect(await readdir(directory)).not.toContain(`data.new-${gone.pid}-0`);
  });
});

describe('an embedded server', () => {
  it('whose users were all killed with -9 is used by the next, which stops it', async () => {
    const [a, b] = [child(), child()];
    await Promise.all([a.tell('connect'), b.tell('connect')]);
    await a.tell('query', { text: 'create table public.t (n integer)' });
    await a.tell('query', { text: 'insert into public.t values (1)' });
    const pid = await postmasterPid(directory);
    await Promise.all([a.kill(), b.kill()]);
    expect(await postmasterPid(directory)).toBe(pid);
    const next = child();
    await next.tell('connect');
    expect(await postmasterPid(directory)).toBe(pid);
    await next.tell('close');
    await serverIsGone();
    expect(await rowsOf('public.t')).toBe(1);
  });

  it('that was killed is started again by its users, with all committed data', async () => {
    const [a, b] = [child(), child()];
    await Promise.all([a.tell('connect'), b.tell('connect')]);
    await a.tell('query', { text: 'create table public.t (n integer)' });
    for (let round = 1; round <= 3; round += 1) {
      await a.tell('query', { text: 'insert into public.t values (1)' });
      const pid = await postmasterPid(directory);
      if (pid === undefined) throw new Error('no server');
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => isAlive(pid), { interval: 5 }).toBe(false);
      // The first statement after it may fail, with the right code; the next ones find a server.
      for (const one of [a, b]) {
        await one.tell('query', { text: 'select 1' }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'registry.unavailable' });
        });
        expect(await one.tell('query', { text: 'select count(*)::integer as n from public.t' })).toEqual([
          { n: round },
        ]);
      }
    }
    await a.tell('close');
    await b.tell('close');
    await serverIsGone();
  });

  it('starts although the PID file of a killed one names an unrelated process', async () => {
    const first = child();
    await first.tell('connect');
    const pid = await postmasterPid(directory);
    if (pid === undefined) throw new Error('no server');
    const file = join(directory, 'data', 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    await first.kill();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(pid), { interval: 5 }).toBe(false);
    await writeFile(file, text.replace(String(pid), String(process.pid)));
    expect(await rowsOf('pg_class')).toBeGreaterThan(0);
    await serverIsGone();
  });

  it("survives the SIGINT of its user's terminal", async () => {
    const user = child({ detached: true });
    await user.tell('connect');
    const pid = await postmasterPid(directory);
    process.kill(-user.pid, 'SIGINT');
    await expect.poll(() => user.process.signalCode).toBe('SIGINT');
    const next = child();
    await next.tell('connect');
    expect(await postmasterPid(directory)).toBe(pid);
    await next.tell('close');
    await serverIsGone();
  });

  it('keeps every acknowledged row while its users start, end and are killed at any moment', async () => {
    const first = child();
    await first.tell('connect');
    await first.tell('query', { text: 'create table public.t (n integer)' });
    await first.tell('close');
    let acknowledged = 0;
    let unknown = 0;
    const user = async (index: number): Promise<void> => {
      const one = child();
      await one.tell('connect');
      for (let n = 0; n < 5; n += 1) {
        await one.tell('query', { text: 'insert into public.t values ($1)', values: [n] });
        acknowledged += 1;
      }
      if (index % 3 === 0) {
        one.send('query', { text: 'insert into public.t values (99)' });
        unknown += 1;
        await one.kill();
      } else if (index % 3 === 1) one.send('close');
      else await one.tell('close');
    };
    for (let wave = 0; wave < 4; wave += 1) {
      await Promise.all([0, 1, 2, 3].map((index) => user(wave + index)));
    }
    const rows = await rowsOf('public.t');
    expect(rows).toBeGreaterThanOrEqual(acknowledged);
    expect(rows).toBeLessThanOrEqual(acknowledged + unknown);
  });
});
