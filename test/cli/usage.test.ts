import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';

describe('wrong usage is exit 2, says what is wrong, and touches nothing', () => {
  it.each([
    [['listngs', 'verify'], 'unknown command'],
    [['listings'], 'a command is missing'],
    [['listings', 'verify', '--graze', '1h'], "unknown option '--graze'"],
    [['listings', 'verify', '--grace', 'soon', 's3://bucket/'], 'not a duration: "soon"'],
    [['listings', 'verify', '--max-missing', '-1', 's3://bucket/'], 'max-missing'],
    [['listings', 'verify', '--since', '2026-02-30', 's3://bucket/'], 'not a date'],
    [['listings', 'verify', '--stale', 'maybe', 's3://bucket/'], 'not one of warn, fail, off'],
    [['listings', 'verify', '--max-vanished', '5', 's3://bucket/'], 'not a percentage'],
    [['listings', 'verify', '--listing-template', 'x', 's3://bucket/'], '{key} followed by a suffix'],
    [['listings', 'verify', '--date-pattern', '(?<y>\\d+)', 's3://bucket/'], 'named groups m, d'],
    [['listings', 'verify', '--archive-pattern', '(', 's3://bucket/'], 'archive_pattern'],
    [['listings', 'verify', '--allowlist', '/no/such/file', 's3://bucket/'], '/no/such/file'],
    [['listings', 'verify', 'http://bucket/'], 'not a store'],
    [['listings', 'verify', '--retired', 'h1/*', 's3://bucket/'], '"s3://bucket/" is a URL, not a series'],
    [['listings', 'verify'], 'no URL was given'],
    [['listings', 'check', '/tmp/a.tar', '--every', '7d'], '--every requires --period'],
    [['listings', 'check', '/tmp/', '--period', '1d', '--every', '7d'], '--period is shorter than --every'],
    [
      ['listings', 'check', '/tmp/a.tar', '--max-bytes', '1GB'],
      '--max-bytes and --max-duration require --all',
    ],
    [['listings', 'check', '/tmp'], '/tmp is a directory, not an archive'],
    [['restore', '/tmp', 'x'], '/tmp is a directory, not an archive'],
    [['journal', 'log', '--run', 'x'], '--run "x" is not the id of a run'],
    [['drift', 'accept', '--run', 'x'], '--run "x" is not the id of a run'],
    [['recovery', 'report', '--format', 'pdf'], '--format: "pdf" is not one of'],
    [['recovery', 'report', '--plan', '/no/plan.json'], '/no/plan.json: the file does not exist'],
    [['listings', 'verify', 's3://bucket/', '--config', '/no/such.yaml'], '/no/such.yaml'],
    [['runs', 'list', '--registry', 'mysql://x/y'], 'the registry must be postgres'],
    [['systemd'], 'required option'],
  ])('salvor %j', async (args, words) => {
    const { code, stdout, stderr } = await salvor(args);
    expect(stderr).toContain(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('is one JSON document on stdout with --json', async () => {
    const { code, stdout } = await salvor(['listings', 'verify', '--json', '--grace', 'soon', 's3://b/']);
    const document = JSON.parse(stdout);
    expect(code).toBe(2);
    expect(document).toMatchObject({
      tool: 'salvor',
      status: 'incomplete',
      exit_code: 2,
      host: hostname(),
      error: { code: 'usage.duration', hint: expect.stringContaining('90s') },
    });
  });

  it('never shows the password of a registry or a store', async () => {
    for (const args of [
      ['runs', 'list', '--registry', 'postgres://u:s3cret@127.0.0.1:1/d', '--verbose'],
      ['listings', 'verify', 's3://key:s3cret@bucket/'],
      ['listings', 'verify', 's3://key:s3cret@bucket/', '--json'],
    ]) {
      const { code, stdout, stderr } = await salvor(args);
      expect(code).toBeGreaterThan(1);
      expect(stdout + stderr).not.toContain('s3cret');
    }
  });
});

it('--version is the version of the package', async () => {
  const { version } = await import('../../package.json', { with: { type: 'json' } }).then((m) => m.default);
  expect((await salvor(['--version'], { ownProcess: true })).stdout).toBe(`${version}\n`);
});

describe('whatever happens to the process', () => {
  const server = createServer(() => undefined);
  let endpoint = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const waiting = (): string[] => [
    'listings',
    'verify',
    's3://bucket/',
    '--no-registry',
    '--endpoint-url',
    endpoint,
  ];

  it.each([
    ['an uncaught exception', 'throw new Error("boom")'],
    ['an unhandled rejection', 'Promise.reject(new Error("boom"))'],
    ['something thrown that is no error', 'throw 7'],
  ])('%s is exit 3, never 1', async (_, statement) => {
    const script = `process.once('SIGUSR2', () => { ${statement} })`;
    const asked = new Promise<void>((resolve) => server.once('request', () => resolve()));
    const result = await salvor(waiting(), {
      env: { ...env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` },
      started: (child) => void asked.then(() => child.kill('SIGUSR2')),
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('internal.error');
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s while a page is awaited is exit %i', async (signal, expected) => {
    const asked = new Promise<void>((resolve) => server.once('request', () => resolve()));
    const result = await salvor(waiting(), {
      env,
      started: (child) => void asked.then(() => child.kill(signal)),
    });
    expect(result.code).toBe(expected);
    expect(result.stderr).toContain(`${signal}: stopping at the next safe point`);
  });
});
