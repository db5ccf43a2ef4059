import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { faults, MemoryCatalog, s3Environment, startTestS3, type TestS3Server } from '../support/s3.js';

let server: TestS3Server;
let catalog: MemoryCatalog;
let database: FreshDatabase;
let dir: string;
let config: string;

const HOUR_MS = 3_600_000;

/** Archives with their listings, hours old; a key that begins with `-` gets none. */
function plant(...keys: string[]): void {
  for (const text of keys) {
    const key = text.replace(/^-/, '');
    const lastModifiedMs = Date.now() - 5 * HOUR_MS;
    catalog.add(key, { content: 'archive', lastModifiedMs });
    if (!text.startsWith('-')) catalog.add(`${key}.list.txt`, { content: 'a\n', lastModifiedMs });
  }
}

function configure(more = ''): void {
  writeFileSync(config, `s3: { endpoint_url: "${server.endpoint}", path_style: true }\n${more}`, {
    mode: 0o600,
  });
}

const verify = (...args: string[]) =>
  salvor(['listings', 'verify', 's3://bucket/b/', '--config', config, '--registry', database.url, ...args], {
    env: s3Environment(server),
  });

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  server = await startTestS3();
});
afterAll(() => server.close());
beforeEach(async () => {
  catalog = new MemoryCatalog();
  server.buckets.set('bucket', catalog);
  database = await freshDatabase();
  dir = mkdtempSync(join(tmpdir(), 'salvor-cli-'));
  config = join(dir, 'salvor.yaml');
  configure();
});
afterEach(async () => {
  server.fault('ListObjectsV2', undefined);
  await database.drop();
  rmSync(dir, { recursive: true });
});

describe('a run leaves its traces', () => {
  it('green: exit 0, a closed row, two events, and the envelope says the same', async () => {
    plant('b/atlas/a-1.tar.gz', 'b/atlas/a-2.tar.gz');
    const { code, stdout } = await verify('--json');
    const document = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      tool: 'salvor',
      command: 'listings verify',
      scope: 's3://bucket/b/',
      status: 'ok',
      exit_code: 0,
      summary: { archives_total: 2, present: 2, missing: 0, keys_scanned: 4, list_requests: 1 },
      findings: [],
      findings_total: 0,
    });
    const runs = await query(
      'select id, job, scope, status, exit_code, qualifying, finished_at from salvor.runs',
    );
    expect(runs).toEqual([
      {
        id: document.run_id,
        job: 'listings verify',
        scope: 's3://bucket/b/',
        status: 'ok',
        exit_code: 0,
        qualifying: true,
        finished_at: expect.any(Date),
      },
    ]);
    const events = await query(
      'select check_name, run_id, status, severity from fleet_health_events order by id',
    );
    expect(events).toEqual([
      { check_name: 'listings verify', run_id: document.run_id, status: 'running', severity: 'info' },
      { check_name: 'listings verify', run_id: document.run_id, status: 'ok', severity: 'info' },
    ]);
  });

  it('red: exit 1, and the next run knows what is new, still open and resolved', async () => {
    plant('-b/atlas/a-1.tar.gz', '-b/atlas/a-2.tar.gz');
    const first = await verify('--json');
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout).summary).toMatchObject({ violations: 2, new: 2, still: 0, resolved: 0 });
    catalog.add('b/atlas/a-1.tar.gz.list.txt', { content: 'a\n' });
    plant('-b/atlas/a-3.tar.gz');
    const second = await verify('--json');
    expect(JSON.parse(second.stdout).summary).toMatchObject({ violations: 2, new: 1, still: 1, resolved: 1 });
    const closed = await query(
      'select subject, resolution from salvor.findings where resolved_at is not null',
    );
    expect(closed).toEqual([{ subject: 's3://bucket/b/atlas/a-1.tar.gz', resolution: 'listing_written' }]);
  });

  it('a baseline allows a backlog, but nothing new', async () => {
    plant('-b/atlas/a-1.tar.gz');
    const first = JSON.parse((await verify('--json')).stdout);
    expect((await verify('--fail-on', 'new')).code).toBe(1);
    const accept = () => salvor(['listings', 'baseline', 'accept', first.run_id, '--registry', database.url]);
    const accepted = await accept();
    expect(accepted.stdout).toContain('1 violation on s3://bucket/b/ is now the baseline');
    expect((await verify('--fail-on', 'new')).code).toBe(0);
    expect((await verify()).code).toBe(1);
    plant('-b/atlas/a-2.tar.gz');
    expect((await verify('--fail-on', 'new')).code).toBe(1);
    expect((await accept()).stdout).toContain('1 more are open but were not found by this run');
  });

  it('writes events into a table that exists already, under the names that the configuration gives', async () => {
    await query(`create schema fleet`);
    await query(
      `create table fleet.events (id uuid primary key default gen_random_uuid(), "metricName" text not null,
         state varchar(20) not null, host text not null, payload json, tenant text not null default 'x', at timestamptz)`,
    );
    configure(
      'health: { table: fleet.events, columns: { check_name: metricName, status: state, metrics: payload, created_at: at } }',
    );
    plant('b/atlas/a.tar.gz');
    const { code, stderr } = await verify();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const rows = await query(
      `select "metricName", state, tenant, payload->>'exit_code' as code from fleet.events order by at`,
    );
    expect(rows).toEqual([
      { metricName: 'listings verify', state: 'running', tenant: 'x', code: null },
      { metricName: 'listings verify', state: 'ok', tenant: 'x', code: '0' },
    ]);
  });
});

describe('never green for work that was not done', () => {
  it('an empty prefix is exit 3', async () => {
    const { code, stdout } = await verify('--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'incomplete', exit_code: 3 });
  });

  it('an unreachable registry is exit 3; the result is printed, and the other sinks get their event', async () => {
    const events = join(dir, 'events.ndjson');
    configure(`health: { ndjson: ${events} }`);
    plant('-b/atlas/a.tar.gz');
    const { code, stdout, stderr } = await salvor(
      [
        'listings',
        'verify',
        's3://bucket/b/',
        '--config',
        config,
        '--registry',
        'postgres://u:pw@127.0.0.1:1/d',
      ],
      { env: s3Environment(server) },
    );
    expect(code).toBe(3);
    expect(stderr).toContain('registry.unavailable');
    expect(stdout).toContain('s3://bucket/b/atlas/a.tar.gz');
    const lines = readFileSync(events, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.status)).toEqual(['running', 'incomplete']);
    expect(stdout + stderr + JSON.stringify(lines)).not.toContain('pw');
  });

  it('a registry that becomes unavailable during the run is exit 3, and the result is printed', async () => {
    plant('-b/atlas/a.tar.gz');
    server.fault('ListObjectsV2', async (_call, answer) => {
      await database.terminateSessions();
      await query(`alter database ${database.name} allow_connections false`).catch(() => undefined);
      return answer();
    });
    const { code, stdout, stderr } = await verify();
    expect(code).toBe(3);
    expect(stderr).toContain('registry.');
    expect(stdout).toContain('s3://bucket/b/atlas/a.tar.gz');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('--no-registry works without a registry, and says so', async () => {
    plant('b/atlas/a.tar.gz');
    const { code, stdout } = await salvor(
      ['listings', 'verify', 's3://bucket/b/', '--config', config, '--no-registry', '--json'],
      { env: s3Environment(server) },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary).toMatchObject({ present: 1, new: null, still: null, resolved: null });
  });

  it('denied, no such bucket, wrong keys: exit 3 with the code and a hint', async () => {
    server.fault('ListObjectsV2', faults.error('AccessDenied'));
    const denied = await verify();
    expect([denied.code, denied.stdout + denied.stderr]).toEqual([
      3,
      expect.stringContaining('store.denied'),
    ]);
    server.fault('ListObjectsV2', undefined);
    const none = await salvor(['listings', 'verify', 's3://nothing/', '--config', config, '--no-registry'], {
      env: s3Environment(server),
    });
    expect([none.code, none.stdout + none.stderr]).toEqual([3, expect.stringContaining('store.no_bucket')]);
  });

  it('a sink that cannot be written is reported, and changes nothing else', async () => {
    configure('health: { ndjson: /proc/none/events.ndjson }');
    plant('b/atlas/a.tar.gz');
    const { code, stdout } = await verify('--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).findings).toEqual([
      expect.objectContaining({ code: 'health.sink_failed', severity: 'warning' }),
      expect.objectContaining({ code: 'health.sink_failed', severity: 'warning' }),
    ]);
  });

  it('a findings file that cannot be created is rejected before anything is done', async () => {
    plant('b/atlas/a.tar.gz');
    const { code, stderr } = await verify('--findings', join(dir, 'no', 'findings'));
    expect(code).toBe(3);
    expect(stderr).toContain('output.failed');
    expect(await query('select from salvor.runs')).toEqual([]);
  });

  it('stdout closed before the result is written: exit 3', async () => {
    plant('b/atlas/a.tar.gz');
    const closed = await salvor(
      ['listings', 'verify', 's3://bucket/b/', '--config', config, '--registry', database.url],
      { env: s3Environment(server), started: (child) => child.stdout?.destroy() },
    );
    expect(closed.code).toBe(3);
    expect(closed.stderr).toContain('output.failed');
  });
});

describe('two at once, and stopped', () => {
  it('the second verifier on a scope is exit 4 and leaves no trace', async () => {
    plant('b/atlas/a.tar.gz');
    let second: Awaited<ReturnType<typeof verify>> | undefined;
    server.fault('ListObjectsV2', async (_call, answer) => {
      server.fault('ListObjectsV2', undefined);
      second = await verify('--json');
      return answer();
    });
    expect((await verify()).code).toBe(0);
    expect(second?.code).toBe(4);
    expect(JSON.parse(second?.stdout ?? '')).toMatchObject({ exit_code: 4, error: { code: 'run.locked' } });
    expect(await query('select status from salvor.runs')).toEqual([{ status: 'ok' }]);
    expect(await query('select status from fleet_health_events order by id')).toEqual([
      { status: 'running' },
      { status: 'ok' },
    ]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s in mid-page closes the row as interrupted, exit %i, and settles nothing',
    async (signal, expected) => {
      plant('-b/atlas/a.tar.gz');
      let stop: () => Promise<void> = async () => undefined;
      server.fault('ListObjectsV2', async (_call, answer) => {
        await stop();
        return answer();
      });
      const { code, stdout } = await salvor(
        ['listings', 'verify', 's3://bucket/b/', '--config', config, '--registry', database.url, '--json'],
        {
          env: s3Environment(server),
          started: (child) => {
            stop = async () => {
              const heard = once(child.stderr as Readable, 'data');
              child.kill(signal);
              await heard;
            };
          },
        },
      );
      expect(code).toBe(expected);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', exit_code: expected });
      expect(await query('select status, exit_code from salvor.runs')).toEqual([
        { status: 'interrupted', exit_code: expected },
      ]);
      expect(await query('select from salvor.findings')).toEqual([]);
    },
  );

  it('kill -9 leaves a run that the watchdog closes, and the next run is not delayed', async () => {
    plant('b/atlas/a.tar.gz');
    configure('watchdog: { expect: [ { job: listings verify, within: 26h } ] }');
    server.fault('ListObjectsV2', () => new Promise(() => undefined));
    const before = server.counts.get('ListObjectsV2');
    const killed = await salvor(
      ['listings', 'verify', 's3://bucket/b/', '--config', config, '--registry', database.url],
      {
        env: s3Environment(server),
        started: (child) => {
          const wait = setInterval(() => {
            if (server.counts.get('ListObjectsV2') === before) return;
            clearInterval(wait);
            child.kill('SIGKILL');
          }, 5);
        },
      },
    );
    expect(killed.signal).toBe('SIGKILL');
    expect(await query('select status from salvor.runs')).toEqual([{ status: 'running' }]);
    await query(`update salvor.runs set heartbeat_at = now() - interval '6 minutes'`);
    const watch = await salvor(['watchdog', '--config', config, '--registry', database.url]);
    expect([watch.code, watch.stdout]).toEqual([1, expect.stringContaining('died')]);
    expect(await query('select status, exit_code from salvor.runs')).toEqual([
      { status: 'incomplete', exit_code: 3 },
    ]);
    server.fault('ListObjectsV2', undefined);
    expect((await verify()).code).toBe(0);
    expect((await salvor(['watchdog', '--config', config, '--registry', database.url])).code).toBe(0);
  });
});

describe('the watchdog', () => {
  const watch = () => salvor(['watchdog', '--config', config, '--registry', database.url, '--json']);
  const verdict = async (): Promise<unknown> =>
    JSON.parse((await watch()).stdout).summary.judgements[0]?.verdict;
  beforeEach(() =>
    configure(
      'backups: [{url: "s3://bucket/b/"}]\nwatchdog: { expect: [ { job: listings verify, within: 26h } ] }',
    ),
  );

  it('distinguishes never ran, green, ended badly and overdue', async () => {
    expect(await verdict()).toBe('never_ran');
    plant('b/atlas/a.tar.gz');
    await verify();
    expect(await verdict()).toBe('green');
    plant('-b/atlas/b.tar.gz');
    await verify();
    expect(await verdict()).toBe('ended_badly');
    catalog.add('b/atlas/b.tar.gz.list.txt', { content: 'b\n' });
    await verify();
    await query(`update salvor.runs set started_at = started_at - interval '27 hours',
      heartbeat_at = heartbeat_at - interval '27 hours', finished_at = finished_at - interval '27 hours'`);
    expect(await verdict()).toBe('overdue');
  });

  it('stays green while the next run is under way', async () => {
    plant('b/atlas/a.tar.gz');
    await verify();
    let meanwhile: unknown;
    server.fault('ListObjectsV2', async (_call, answer) => {
      meanwhile = await verdict();
      return answer();
    });
    expect((await verify()).code).toBe(0);
    expect(meanwhile).toBe('green');
  });

  it('does not count a run whose thresholds were looser than the configuration', async () => {
    plant('-b/atlas/a.tar.gz');
    expect((await verify('--max-missing', '1')).code).toBe(0);
    expect(await verdict()).toBe('never_ran');
  });

  it('without expectations, or without a registry, is exit 3', async () => {
    configure();
    expect((await watch()).code).toBe(3);
    const gone = await salvor(['watchdog', '--config', config, '--registry', 'postgres://127.0.0.1:1/d']);
    expect(gone.code).toBe(3);
  });
});

it('a configuration that everyone can write is refused', async () => {
  chmodSync(config, 0o666);
  const { code, stderr } = await verify();
  expect([code, stderr]).toEqual([2, expect.stringContaining('config.untrusted')]);
});
