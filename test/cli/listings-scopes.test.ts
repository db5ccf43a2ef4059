import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { packTar } from '../archive/support/pack.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { MemoryCatalog, s3Environment, startTestS3, type TestS3Server } from '../support/s3.js';

const HOUR_MS = 3_600_000;
const BASE = 's3://bucket/b/';

let server: TestS3Server;
let elsewhere: TestS3Server;
let catalog: MemoryCatalog;
let database: FreshDatabase;
let dir: string;
let config: string;

beforeAll(async () => {
  [server, elsewhere] = [await startTestS3(), await startTestS3()];
});
afterAll(() => Promise.all([server.close(), elsewhere.close()]));
beforeEach(async () => {
  catalog = new MemoryCatalog();
  server.buckets.set('bucket', catalog);
  database = await freshDatabase();
  dir = mkdtempSync(join(tmpdir(), 'salvor-scopes-'));
  config = join(dir, 'salvor.yaml');
  configure();
});
afterEach(async () => {
  await database.drop();
  rmSync(dir, { recursive: true });
});

/** Archives, hours old; a key that begins with `-` gets no listing. */
function plant(to: MemoryCatalog, ...keys: string[]): void {
  for (const text of keys) {
    const key = text.replace(/^-/, '');
    const lastModifiedMs = Date.now() - 5 * HOUR_MS;
    to.add(key, { content: 'archive', lastModifiedMs });
    if (!text.startsWith('-')) to.add(`${key}.list.txt`, { content: 'a\n', lastModifiedMs });
  }
}

function configure(): void {
  const text = [
    `s3: { endpoint_url: "${server.endpoint}", path_style: true }`,
    'backups:',
    `  # the nightly archives`,
    `  - url: "${BASE}" # all hosts`,
    '    allowlist: known.txt',
    'watchdog: { expect: [ { job: listings verify, within: 26h } ] }',
    '',
  ];
  writeFileSync(config, text.join('\n'), { mode: 0o600 });
  writeFileSync(join(dir, 'known.txt'), 'b/h1/known.tar\n');
}

async function run(...args: string[]) {
  const { code, stdout, stderr } = await salvor(
    [...args, '--config', config, '--registry', database.url, '--json'],
    {
      env: s3Environment(server),
    },
  );
  return { code, stderr, ...JSON.parse(stdout || '{}') };
}
const verify = (...args: string[]) => run('listings', 'verify', ...args);

async function query<Row extends object>(sql: string): Promise<Row[]> {
  const open = await connect(database.url);
  try {
    return (await open.query<Row>(sql)).rows;
  } finally {
    await open.close();
  }
}
const openFindings = () =>
  query<{ subject: string }>(
    "select subject from salvor.findings where resolved_at is null and code = 'listing.missing' order by 1",
  ).then((rows) => rows.map(({ subject }) => subject));

it('a URL below a backup has its settings and its ledger, and does not count for the watchdog', async () => {
  plant(catalog, '-b/h1/known.tar', '-b/h1/x.tar', '-b/h2/y.tar');
  expect((await verify()).code).toBe(1);
  plant(catalog, 'b/h1/x.tar');
  const part = await verify(`${BASE}h1/`);
  expect(part).toMatchObject({ code: 0, summary: { missing: 0, exempt: 1, resolved: 1, new: 0 } });
  expect(await openFindings()).toEqual([`${BASE}h2/y.tar`]);
  const watch = await run('watchdog');
  expect(watch.summary).toMatchObject({
    expected: 1,
    red: 1,
    judgements: [{ scope: BASE, verdict: 'ended_badly' }],
  });
  plant(catalog, 'b/h2/y.tar');
  expect((await verify()).summary).toMatchObject({ resolved: 1, new: 0 });
  expect((await run('watchdog')).code).toBe(0);
});

it('what vanished stays vanished after a run with another partition depth', async () => {
  plant(catalog, 'b/h1/a.tar', 'b/h2/a.tar');
  await verify();
  await catalog.delete('b/h2/a.tar');
  await catalog.delete('b/h2/a.tar.list.txt');
  const codes = (answer: { findings: { code: string }[] }) => answer.findings.map(({ code }) => code);
  expect(codes(await verify())).toContain('partition.vanished');
  expect(codes(await verify('--partition-depth', '0'))).not.toContain('partition.vanished');
  const again = await verify();
  expect(again.findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        code: 'partition.vanished',
        detail: expect.objectContaining({ new: false }),
      }),
    ]),
  );
});

it('a run with looser rules resolves nothing: what it does not find is still open', async () => {
  plant(catalog, '-b/h1/x.tar');
  await verify();
  expect((await verify('--since', '2099-01-01')).code).toBe(0);
  expect(await openFindings()).toEqual([`${BASE}h1/x.tar`]);
});

it('a bucket of the same name at another endpoint is another scope', async () => {
  plant(catalog, '-b/h1/x.tar');
  await verify();
  const other = new MemoryCatalog();
  plant(other, 'b/h1/x.tar');
  elsewhere.buckets.set('bucket', other);
  const answer = await verify('--endpoint-url', elsewhere.endpoint);
  expect(answer).toMatchObject({
    code: 0,
    scope: `${BASE} at ${elsewhere.endpoint}`,
    summary: { resolved: 0 },
  });
  expect(await openFindings()).toEqual([`${BASE}h1/x.tar`]);
  expect((await run('watchdog')).summary).toMatchObject({ expected: 1, red: 1 });
});

it.each([
  ['build', ['--missing'], 'archive.unsupported'],
  ['check', ['--all'], 'archive.unsupported'],
])(
  'listings %s of a bucket of the same name at another endpoint ends nothing that is open',
  async (noun, how, code) => {
    const other = new MemoryCatalog();
    elsewhere.buckets.set('bucket', other);
    for (const each of [catalog, other]) plant(each, '-b/h1/x.tar');
    const at = (...more: string[]) => run('listings', noun, ...how, BASE, ...more);
    const open = () =>
      query(`select subject from salvor.findings where resolved_at is null and code = '${code}'`);
    expect(await at()).toMatchObject({ code: 1, scope: BASE });
    expect(await open()).toEqual([{ subject: `${BASE}h1/x.tar` }]);
    await other.delete('b/h1/x.tar');
    plant(other, 'b/h1/whole.tar');
    other.add('b/h1/whole.tar', { content: Buffer.from(await packTar([{ name: 'a', content: 'a' }])) });
    await other.delete('b/h1/whole.tar.list.txt');
    const built = await run('listings', 'build', '--missing', BASE, '--endpoint-url', elsewhere.endpoint);
    expect(built).toMatchObject({ code: 0, scope: `${BASE} at ${elsewhere.endpoint}` });
    const answer = await at('--endpoint-url', elsewhere.endpoint);
    expect(answer).toMatchObject({ code: 0, scope: `${BASE} at ${elsewhere.endpoint}` });
    expect(await open()).toEqual([{ subject: `${BASE}h1/x.tar` }]);
  },
);

it('a mistyped URL is not a scope for the watchdog', async () => {
  plant(catalog, 'b/h1/x.tar');
  await verify();
  expect((await verify('s3://nobucket/x/')).code).toBe(3);
  expect((await run('watchdog')).summary).toMatchObject({ expected: 1, red: 0 });
});

it('watchdog forget: the scope is no longer expected, the author is recorded, and a later run revives it', async () => {
  plant(catalog, '-b/h1/x.tar');
  await verify();
  expect((await run('watchdog', 'forget', 's3://other/')).code).toBe(2);
  const forgotten = await run('watchdog', 'forget', BASE, '--reason', 'bucket given up');
  expect(forgotten).toMatchObject({
    code: 0,
    summary: { jobs: ['listings verify'], findings_ended: expect.any(Number) },
  });
  expect(await query('select scope, reason from salvor.forgotten_scopes')).toEqual([
    { scope: BASE, reason: 'bucket given up' },
  ]);
  expect((await run('watchdog')).summary.judgements).toEqual([
    expect.objectContaining({ verdict: 'never_ran', scope: null }),
  ]);
  await verify();
  expect((await run('watchdog')).summary.judgements).toEqual([
    expect.objectContaining({ verdict: 'ended_badly', scope: BASE }),
  ]);
});

it('baseline accept prints the line that makes it permanent, writes it on request, and the watchdog says why a run does not count', async () => {
  plant(catalog, '-b/h1/x.tar');
  const { run_id } = await verify();
  const told = await salvor([
    'listings',
    'baseline',
    'accept',
    run_id,
    '--config',
    config,
    '--registry',
    database.url,
  ]);
  expect(told.stdout).toContain(`add the line \`fail_on: new\` to the entry at ${config}:4`);
  expect((await verify('--fail-on', 'new')).code).toBe(0);
  const [finding] = (await run('watchdog')).findings;
  expect(finding.message).toContain('does not count: --fail-on differs from the configuration');
  const accepted = await run('listings', 'baseline', 'accept', run_id, '--write-config');
  expect(accepted.summary).toMatchObject({ accepted: 1, fail_on_new: { written: [BASE] } });
  const text = readFileSync(config, 'utf8');
  expect(text).toContain('# the nightly archives');
  expect(text).toContain('# all hosts');
  expect(text).toContain('fail_on: new');
  expect(statSync(config).mode & 0o777).toBe(0o600);
  expect((await verify()).code).toBe(0);
  expect((await run('watchdog')).code).toBe(0);
  const part = await verify(`${BASE}h1/`);
  expect((await run('listings', 'baseline', 'accept', part.run_id)).code).toBe(3);
});
