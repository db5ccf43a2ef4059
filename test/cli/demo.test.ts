import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Overview } from '../../src/dashboard/api/overview.js';
import { call, signIn } from '../dashboard/http.js';
import { salvor } from '../support/cli.js';
import { DemoProcess, noProcessOf } from '../support/demo-process.js';
import { postmasterPid } from '../support/postgres.js';

const base = mkdtempSync(join(tmpdir(), 'salvor-demo-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('a demo that serves', () => {
  const directory = join(base, 'served');
  const holder = createServer();
  let demo: DemoProcess;
  let link = '';

  beforeAll(async () => {
    // Where another program of this machine has the port already, that is just as well.
    await new Promise((resolve) =>
      holder.once('error', resolve).listen(7878, '127.0.0.1', () => resolve(null)),
    );
    demo = new DemoProcess(['--dir', directory], {
      SALVOR_REGISTRY: 'postgres://nobody@127.0.0.1:1/somewhere-else',
      AWS_PROFILE: 'somebody-else',
    });
    link = (await demo.saidLike(/(http:\S+#sign-in=\S+)[\s\S]+Ctrl-C stops/))[1] ?? '';
  });
  afterAll(async () => {
    await demo.end('SIGKILL');
    await new Promise((resolve) => holder.close(resolve));
    await noProcessOf(directory);
  });

  it('uses another port if the usual one is taken, and prints the link and how to stop last', () => {
    expect(new URL(link).hostname).toBe('127.0.0.1');
    expect(new URL(link).port).not.toBe('7878');
    expect(
      demo.stdout
        .slice(demo.stdout.indexOf(link))
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      link,
      '',
      expect.stringContaining(join(directory, 'state', 'dashboard-token')),
      'Ctrl-C stops the dashboard, the registry and the S3 server',
      '',
    ]);
    expect(demo.stderr).not.toContain('hint');
  });

  it('prints what the README shows, except for times, sizes and ids', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
    const sample = /^FINDINGS {2}[\s\S]*?\nexit 1$/m.exec(readme)?.[0] ?? '';
    // A terminal breaks the first line; a pipe does not.
    const lines = sample
      .replace(/\n {10}/, ' ')
      .split('\n')
      .filter((line) => line.trim() !== '…');
    expect(lines.length).toBeGreaterThan(15);
    const printed = new Set(demo.stdout.split('\n').map(withoutNumbers));
    expect(lines.filter((line) => !printed.has(withoutNumbers(line)))).toEqual([]);
  });

  it('signs in with the link, and the overview has something of every kind to decide', async () => {
    const { origin, hash } = new URL(link);
    const { headers } = await signIn(origin, { link: hash.replace('#sign-in=', '') });
    const get = async (path: string) => (await call(origin, { path, headers })).json();
    const overview = await vi.waitUntil(
      async () => {
        const now = (await get('/api/overview')) as unknown as Overview;
        return now.census.state === 'ready' ? { ...now, totals: now.census.census.totals } : undefined;
      },
      { timeout: 120_000, interval: 100 },
    );
    expect(overview.totals).toMatchObject({ artifacts: 34, verified: 24, proven: 26, recoverable: 28 });
    expect(overview.needs.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['drift', 'review', 'listings', 'finding']),
    );
    const drift = (await get('/api/drift')) as { rows: { class: string }[] };
    expect(drift.rows.map((row) => row.class).sort()).toEqual(['corrupt', 'rewritten', 'unknown']);
  });

  it('is not wiped by a second one', async () => {
    const second = await salvor(['demo', '--dir', directory]);
    expect(second).toMatchObject({ code: 4, stdout: '' });
    expect(second.stderr).toContain(`demo.in_use: the demo in ${directory} is in use by process ${demo.pid}`);
    expect(second.stderr).toContain('--dir');
    expect(readdirSync(directory)).toContain('salvor.yaml');
  });

  it('every command that it prints works in another shell, and applies to this world', async () => {
    const said = demo.stdout.slice(demo.stdout.indexOf('To try next'));
    const commands = [...said.matchAll(/^ {2}(\.\/salvor .*)$/gm)].map((match) => match[1] ?? '');
    expect(commands.map((command) => command.split(' ').slice(1, 3).join(' '))).toEqual([
      'drift show',
      'listings verify',
      'recovery plan',
      'recovery report',
      'journal undo',
    ]);
    const env = { PATH: process.env.PATH, SALVOR_REGISTRY: 'postgres://nobody@127.0.0.1:1/somewhere-else' };
    for (const command of commands) {
      const ended = await promisify(execFile)('sh', ['-c', `cd ${directory} && ${command}`], { env }).then(
        () => 0,
        (error: { code: number }) => error.code,
      );
      expect(ended, command).toBe(command.includes('listings verify') ? 1 : 0);
    }
  });

  it('ends by a Ctrl-C: exit 0, and nothing runs any more', async () => {
    expect(await demo.end('SIGINT')).toBe(0);
    expect(demo.stderr).toContain(`the files in ${directory} are kept`);
    await noProcessOf(directory);
    expect(await postmasterPid(join(directory, 'registry'))).toBeUndefined();
    await expect(call(new URL(link).origin, { path: '/' })).rejects.toThrow('ECONNREFUSED');
    const endpoint = /endpoint_url: "([^"]+)"/.exec(
      readFileSync(join(directory, 'salvor.yaml'), 'utf8'),
    )?.[1];
    await expect(call(endpoint ?? '', { path: '/' })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a demo that is stopped early', () => {
  const directory = join(base, 'ended');

  it('stops within the tour at a SIGTERM: exit 143, and nothing runs any more', async () => {
    const demo = new DemoProcess(['--dir', directory]);
    await demo.saidLike(/\$ salvor listings verify/);
    expect(await demo.end('SIGTERM')).toBe(143);
    expect(demo.stdout).not.toContain('sign-in');
    await noProcessOf(directory);
  });

  it('leaves nothing behind when it is killed while it serves', async () => {
    const killed = new DemoProcess(['--dir', directory, '--listen', '127.0.0.1:0']);
    await killed.saidLike(/Ctrl-C stops/);
    expect(await killed.end('SIGKILL')).toBeNull();
    await noProcessOf(directory);
  });

  it('leaves no server behind if it is killed during the tour, and the next one works; --no-serve ends after the tour', async () => {
    const killed = new DemoProcess(['--dir', directory]);
    await killed.saidLike(/\$ salvor listings build/);
    await killed.end('SIGKILL');
    await noProcessOf(directory);
    const next = await salvor(['demo', '--no-serve', '--dir', directory]);
    expect(next).toMatchObject({ code: 0, stderr: expect.not.stringContaining('hint') });
    expect(next.stdout).toMatch(/To try next\n[\s\S]+salvor init\n$/);
    expect(next.stdout).not.toContain('recovery plan --archives all\n      ');
    await noProcessOf(directory);
  });
});

it('refuses a directory with anything else in it, and touches nothing', async () => {
  const directory = join(base, 'mine');
  mkdirSync(directory);
  writeFileSync(join(directory, 'thesis.tex'), 'years of work');
  const result = await salvor(['demo', '--dir', directory]);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain('exists and was not created by a demo');
  expect(readdirSync(directory)).toEqual(['thesis.tex']);
});

it('an unusable listen address is reported with a hint', async () => {
  // Invalid, so that it must be rejected before the tour starts.
  const result = await salvor(['demo', '--dir', join(base, 'never'), '--listen', 'nonsense']);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('127.0.0.1:7878');
});

function withoutNumbers(line: string): string {
  return line
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'RUN')
    .replaceAll(/\d[\d,.]*/g, '0')
    .replaceAll(/0 (?:ms|s)\b/g, '0 s')
    .replaceAll(/\s+/g, ' ');
}
