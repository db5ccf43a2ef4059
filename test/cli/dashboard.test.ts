import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../dashboard/http.js';
import { type CliResult, salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
const state = mkdtempSync(join(tmpdir(), 'salvor-dashboard-'));

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(state, { recursive: true, force: true });
});

/** Starts the program, does `work` once it has said where it listens, and stops it. */
function served(
  args: string[],
  signal: NodeJS.Signals,
  work: (said: string) => Promise<void>,
): Promise<CliResult> {
  return salvor(['dashboard', '--registry', database.url, '--listen', '127.0.0.1:0', ...args], {
    env: { STATE_DIRECTORY: state },
    started: (child) => {
      let said = '';
      let done: Promise<void> | undefined;
      child.stdout?.on('data', (text: string) => {
        said += text;
        if (!/Ctrl-C stops it|\n}\n$/.test(said)) return;
        done ??= work(said).finally(() => child.kill(signal));
        done.catch(() => undefined);
      });
    },
  });
}

it('serves its pages until it is stopped, and then exits with 0', async () => {
  let page = '';
  const result = await served([], 'SIGTERM', async (said) => {
    const url = /on (http:\/\/127\.0\.0\.1:\d+),/.exec(said)?.[1] ?? '';
    page = (await call(url, { path: '/' })).body;
  });
  expect(result.code).toBe(0);
  expect(result.stderr).toBe('');
  expect(page).toContain('<div id="app">');
  expect(result.stdout).toMatch(/#sign-in=[A-Za-z0-9_-]{43}\n/);
  expect(result.stdout).toContain('only reachable from this host');
  expect(statSync(join(state, 'dashboard-token')).mode & 0o777).toBe(0o600);
});

it('--json prints the same as one document, immediately; the token itself is in no output', async () => {
  const result = await served(['--json', '--read-only'], 'SIGINT', async () => undefined);
  expect(result.code).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject({
    command: 'dashboard',
    summary: { read_only: true, loopback: true, token_file: join(state, 'dashboard-token') },
  });
  const token = readFileSync(join(state, 'dashboard-token'), 'utf8').trim();
  expect(token).toHaveLength(43);
  expect(result.stdout + result.stderr).not.toContain(token);
});

it.each([
  [['--listen', 'nonsense'], 2, 'dashboard.bad_listen'],
  [['--listen', '127.0.0.1:99999'], 2, 'dashboard.bad_listen'],
  [['--listen', '192.0.2.1:7878'], 3, 'dashboard.listen'],
])('%j ends with %i, %s', async (args, code, name) => {
  const result = await salvor(['dashboard', '--registry', database.url, ...args], {
    env: { STATE_DIRECTORY: state },
  });
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(name);
  expect(result.stdout).toBe('');
});
