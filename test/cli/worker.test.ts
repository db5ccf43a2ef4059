import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { type Registry, reported, SharedWorld } from '../support/shared-world.js';

const SLOW = { preload: ['slow-reads.mjs'], env: { READ_LATENCY_MS: '100' } };

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

async function shares(registry: Registry, runId: string) {
  const { rows } = await registry.database.query<{ worker: string; state: string; attempts: number }>(
    'select worker, state, attempts from salvor.work where run_id = $1 order by unit',
    [runId],
  );
  return rows;
}

describe('a run that is shared', () => {
  it('by two workers reports and writes what one machine does, and records which worker did what', async () => {
    world.makeFiles(700);
    const alone = await world.registry(700);
    const shared = await world.registry(700);
    // As fast as it goes the first would have done it all before the second looks for work.
    const gate = world.gate();
    const workers = [
      await world.worker(shared.config, gate.options),
      await world.worker(shared.config, gate.options),
    ];
    const one = await alone.run('checksums backfill');
    const running = shared.run('checksums backfill --distribute');
    await shared.allBusy(workers);
    gate.open();
    const two = await running;
    expect(one.code).toBe(1);
    expect(reported(two)).toEqual(reported(one));
    expect(await shared.state()).toEqual(await alone.state());
    const names = new Set((await shares(shared, two.json.run_id)).map(({ worker }) => worker));
    expect(names).toEqual(new Set(workers.map(({ name }) => name)));
    const shown = await shared.run(`runs show ${two.json.run_id}`);
    const told_workers = shown.json.summary.workers as { worker: string; items: number }[];
    expect(told_workers.map(({ worker }) => worker).sort()).toEqual([...names].sort());
    expect(told_workers.reduce((sum, { items }) => sum + items, 0)).toBe(two.json.summary.rows_scanned);
    for (const worker of workers) expect(await worker.end()).toBe(143);
    const again = await alone.run('checksums backfill');
    const rest = await world.worker(shared.config).then(() => shared.run('checksums backfill --distribute'));
    expect(reported(rest)).toEqual(reported(again));
  });

  it('with --dry-run writes nothing, and with a limit takes no more rows', async () => {
    world.makeFiles(120);
    const alone = await world.registry(120);
    const shared = await world.registry(120);
    await world.worker(shared.config);
    const before = await shared.state();
    const dry = await shared.run('checksums backfill --distribute --dry-run');
    expect(reported(dry)).toEqual(reported(await alone.run('checksums backfill --dry-run')));
    expect(await shared.state()).toEqual(before);
    const limited = await shared.run('checksums backfill --distribute --limit 30 --type dataset');
    expect(limited.json.summary).toMatchObject({ rows_scanned: 30, rows_remaining: 10, stopped_by: 'limit' });
  });

  it('scrubs like one machine, with the time of the database on hosts whose clocks differ', async () => {
    world.makeFiles(90);
    const alone = await world.registry(90);
    const shared = await world.registry(90);
    await world.worker(shared.config, { preload: ['other-clock.mjs'] });
    await alone.run('checksums backfill');
    await shared.run('checksums backfill --distribute');
    const { rows } = await shared.database.query<{ late: number }>(
      `select count(*)::integer as late from artifacts
       where (metadata->>'file_sha256_computed_at')::timestamptz > now() + interval '5 seconds'`,
    );
    expect(rows).toEqual([{ late: 0 }]);
    const scrubbed = await shared.run('checksums verify --distribute');
    const { oldest_unverified_at: _, ...summary } = reported(scrubbed).summary;
    const { oldest_unverified_at: __, ...expected } = reported(await alone.run('checksums verify')).summary;
    expect(summary).toEqual(expected);
    expect(summary.rows_unchanged).toBeGreaterThan(50);
  });

  it('leaves units to the worker that has the root, by path and sentinel', async () => {
    world.makeFiles(60);
    const shared = await world.registry(60);
    const bare = shared.configure('bare', '', 'roots: [{ path: root }]');
    const without = await world.worker(bare);
    const elsewhere = await world.worker(shared.configure('elsewhere', '', 'roots: [{ path: other }]'));
    const running = shared.run('checksums backfill --distribute');
    for (const worker of [without, elsewhere]) {
      await expect.poll(() => worker.said).toContain('leaving units to other workers: the root');
    }
    const holder = await world.worker(shared.config);
    const units = await shares(shared, (await running).json.run_id);
    expect(new Set(units.map(({ worker }) => worker))).toEqual(new Set([holder.name]));
  });

  it('continues elsewhere when a worker is stopped: its unit is returned, and no row counts twice', async () => {
    world.makeFiles(150);
    const alone = await world.registry(150);
    const shared = await world.registry(150);
    const gate = world.gate();
    const slow = await world.worker(shared.config, gate.options);
    const running = shared.run('checksums backfill --distribute --batch-rows 5');
    await shared.allBusy([slow]);
    await slow.stopping();
    gate.open();
    expect(await slow.ended()).toBe(143);
    expect(slow.stdout).toMatch(/\d+ units? done, 0 failed, 1 returned/);
    await world.worker(shared.config);
    expect(reported(await running)).toEqual(reported(await alone.run('checksums backfill')));
    expect(await shared.state()).toEqual(await alone.state());
  });

  it('that is stopped takes back its units, reports what was done, and is resumed by the next', async () => {
    world.makeFiles(150);
    const alone = await world.registry(150);
    const shared = await world.registry(150);
    const slow = await world.worker(shared.config, SLOW);
    let stop: () => void = () => undefined;
    const running = shared.run('checksums backfill --distribute --batch-rows 5', {
      started: (child) => {
        stop = () => child.kill('SIGINT');
      },
    });
    await expect
      .poll(async () => (await shared.database.query('select from salvor.work_reports limit 1')).rowCount)
      .toBe(1);
    stop();
    const stopped = await running;
    expect(stopped).toMatchObject({ code: 130, json: { status: 'interrupted' } });
    const { rows } = await shared.database.query<{ items: number }>(
      'select sum(items)::integer as items from salvor.work_reports',
    );
    expect(stopped.json.summary).toMatchObject({ rows_scanned: rows[0]?.items, stopped_by: 'signal' });
    await slow.end();
    await world.worker(shared.config);
    await shared.run('checksums backfill --distribute');
    await alone.run('checksums backfill');
    expect(await shared.state()).toEqual(await alone.state());
  });

  it('is exit 3 with a dead letter for work that failed in every attempt, and does the rest', async () => {
    world.makeFiles(60);
    const shared = await world.registry(60);
    await shared.database.query(
      `create function meddle() returns trigger language plpgsql as $$
         begin if new.id = 3 then raise exception 'no room' using errcode = '53100'; end if; return new; end $$;
       create trigger meddle before update on artifacts for each row execute function meddle()`,
    );
    await world.worker(shared.config);
    const run = await shared.run('checksums backfill --distribute');
    const dead = run.json.findings.filter(({ code }) => code === 'work.dead_letter');
    expect(run).toMatchObject({
      code: 3,
      json: { status: 'incomplete', error: { code: 'work.dead_letter' } },
    });
    expect(dead).toMatchObject([
      {
        detail: {
          attempts: 4,
          error: { code: 'registry.disk_full' },
          retry: 'salvor checksums backfill --distribute',
        },
      },
    ]);
    const { rows } = await shared.database.query<{ done: number }>(
      `select count(*)::integer as done from artifacts where metadata ? 'file_sha256'`,
    );
    expect(run.json.summary.rows_updated).toBe(rows[0]?.done);
    expect(run.json.summary.rows_remaining).toBeGreaterThan(0);
  });
});

describe('a schedule', () => {
  it('that two workers have starts what is due once, and reports how it ended', async () => {
    world.makeFiles(10);
    const shared = await world.registry(10);
    const config = shared.configure(
      'schedule',
      "schedule: [{ job: checksums backfill, cron: '*/2 * * * * *', timezone: UTC, args: [--quiet] }]",
    );
    const workers = [
      await world.worker(config, { args: ['--schedule'] }),
      await world.worker(config, { args: ['--schedule'], preload: ['other-clock.mjs'] }),
    ];
    const said = (): string => workers.map((worker) => worker.said).join('');
    const count = (text: string): number => said().split(text).length - 1;
    await expect.poll(() => count('ended with exit code 1')).toBeGreaterThanOrEqual(2);
    for (const worker of workers) expect(await worker.end()).toBe(143);
    const { rows } = await shared.database.query('select from salvor.schedule_starts');
    expect(count('schedule: starting checksums backfill')).toBe(rows.length);
    expect(count('schedule: checksums backfill --quiet ended with')).toBe(rows.length);
    // What met the lock of another start, or was stopped before it began, leaves no run.
    const { json } = await shared.run('runs list');
    const statuses = (json.summary.runs as { status: string }[]).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'findings')).toHaveLength(
      count('ended with exit code 1\n'),
    );
    expect(statuses.length).toBeLessThanOrEqual(rows.length);
  });

  it.each([
    ['', 'no schedule is configured'],
    ["schedule: [{ job: watchdog, cron: 'now and then' }]", 'now and then'],
    ["schedule: [{ job: watchdog, cron: '* * * * *', timezone: Nowhere/At-All }]", 'Nowhere/At-All'],
  ])('that is `%s` is refused', async (text, message) => {
    const shared = await world.registry(1);
    const config = shared.configure('schedule', text);
    const { code, stdout } = await salvor(['worker', '--schedule', '--config', config, '--json']);
    const { error } = JSON.parse(stdout) as { error: { message: string } };
    expect({ code, message: error.message }).toEqual({
      code: 2,
      message: expect.stringContaining(message),
    });
  });
});

describe('what cannot be distributed', () => {
  it.each([
    ['checksums backfill --rate-per-worker', '--rate-per-worker requires --distribute'],
    ['checksums backfill --distribute --emit-sql x.sql', '--emit-sql'],
    ['checksums backfill --distribute --threads 2', '--threads'],
    ['worker --roots /elsewhere', 'is not one of the configured roots'],
    ['worker --concurrency 0', '--concurrency'],
  ])('%s is refused before anything is touched', async (words, message) => {
    const shared = await world.registry(1);
    const { code, json } = await shared.run(words);
    expect({ code, message: json.error?.message }).toEqual({
      code: 2,
      message: expect.stringContaining(message),
    });
  });

  it('without the tables of the queue, the message says how to create them', async () => {
    const shared = await world.registry(1);
    await shared.database.query('drop schema salvor_pgboss cascade');
    const { code, json } = await shared.run('checksums backfill --distribute');
    expect({ code, error: json.error }).toMatchObject({
      code: 3,
      error: { code: 'queue.not_installed', hint: expect.stringContaining('salvor init --queue') },
    });
  });
});
