import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/registry/registry.js';
import { type CliResult, salvor } from '../support/cli.js';
import { csv, RecoveryWorld, sha256 } from '../support/recovery-world.js';
import { s3Environment } from '../support/s3.js';

const ROWS = 60;

let world: RecoveryWorld;
let env: Record<string, string>;

beforeAll(async () => {
  world = await RecoveryWorld.create();
  env = { ...s3Environment(world.s3), HOME: world.base };
  const archived: Record<string, string> = {};
  for (let i = 0; i < ROWS; i += 1) {
    const path = `datasets/part_${i % 7}/file_${i}.csv`;
    if (i % 2 === 0) archived[path] = csv(`file ${i}`);
    else world.worktree('quest', path, csv(`file ${i}`));
    await world.row({ id: `row-${i}`, path });
  }
  world.archive('h/artifacts-2026-04-20.tar.gz', archived);
  writeFileSync(
    join(world.base, 'salvor.yaml'),
    JSON.stringify({
      registry: { url: world.fresh.url },
      roots: [{ path: world.root }],
      s3: { endpoint_url: world.s3.endpoint, region: world.s3.region },
      recovery: {
        sources: [
          { directory: join(world.base, 'worktrees/*/data/scidex-artifacts') },
          { archives: world.store },
        ],
        types: { dataset: { directories: ['datasets'], extensions: ['.csv'] } },
      },
    }),
    { mode: 0o600 },
  );
});
afterAll(() => world.close());

function apply(killAt?: number): Promise<CliResult> {
  return salvor(['recovery', 'apply', '--json', '--no-progress'], {
    cwd: world.base,
    env,
    started: (child) => {
      if (killAt === undefined) return;
      // Kills when this many rows are bound, wherever the program is at that moment.
      const watch = setInterval(async () => {
        const { rows } = await world.database.query<{ n: number }>(
          `select count(*)::int as n from salvor.journal`,
        );
        if ((rows[0]?.n ?? 0) >= killAt) child.kill('SIGKILL');
      }, 3);
      child.on('close', () => clearInterval(watch));
    },
  });
}

describe('apply, killed', () => {
  it('any number of times with -9 ends, when it is run again, as if it had never been killed', async () => {
    expect((await salvor(['recovery', 'plan', '--no-progress'], { cwd: world.base, env })).code).toBe(0);
    let kills = 0;
    for (const at of [1, 7, 19, 28, 31, 44, 58]) {
      const result = await apply(at);
      if (result.signal === 'SIGKILL') kills += 1;
    }
    expect(kills).toBeGreaterThan(2);
    const last = await apply();
    expect(last.code).toBe(0);
    expect((JSON.parse(last.stdout) as { summary: { bound: number } }).summary.bound).toBe(ROWS);
    for (let i = 0; i < ROWS; i += 1) expect(await world.content(`row-${i}`)).toBe(csv(`file ${i}`));
    const { rows } = await world.database.query<{ id: string; n: number }>(
      'select artifact_id as id, count(*)::int as n from salvor.journal group by 1',
    );
    expect(rows.map((row) => row.n)).toEqual(Array.from({ length: ROWS }, () => 1));
    const names = readdirSync(world.root, { recursive: true }).map(String);
    expect(names.filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('two at once: the second ends with 4 and touches nothing', async () => {
    const plan = JSON.parse(
      (await salvor(['runs', 'list', '--job', 'recovery', '--json'], { cwd: world.base, env })).stdout,
    ) as {
      summary: { runs: { scope: string }[] };
    };
    const scope = plan.summary.runs[0]?.scope ?? '';
    const registry = await openRegistry(world.fresh.url);
    try {
      const held = await registry.runs.begin({
        id: randomUUID(),
        job: 'recovery',
        scope,
        host: 'elsewhere',
        options: {},
        qualifying: true,
        version: '0',
        startedAt: new Date(),
      });
      expect((await apply()).code).toBe(4);
      await held.abandon();
    } finally {
      await registry.close();
    }
  });

  it('journal undo puts the rows back and moves the files to the quarantine', async () => {
    await world.row({ id: 'shares', path: 'datasets/part_0/file_0.csv' });
    const { rows } = await world.database.query<{ id: string }>(
      `select id::text as id from salvor.journal where artifact_id in ('row-0', 'row-1') order by artifact_id`,
    );
    for (const { id } of rows) {
      const result = await salvor(['journal', 'undo', id, '--yes'], { cwd: world.base, env });
      expect(result).toMatchObject({ code: 0 });
    }
    expect((await world.stored('row-0')).metadata).toEqual({});
    expect((await world.stored('row-1')).metadata).toEqual({});
    expect(await world.content('row-0')).toBe(csv('file 0'));
    expect(await world.content('row-1')).toBeUndefined();
    const kept = readdirSync(join(world.root, '.salvor-quarantine'));
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatch(/^\d+-file_1\.csv$/);
  });

  it('a file that another row resolves to by another spelling or a link stays, and an undone bind needs a decision', async () => {
    const entryOf = async (id: string): Promise<string> => {
      const { rows } = await world.database.query<{ id: string }>(
        'select id::text as id from salvor.journal where artifact_id = $1 order by id desc limit 1',
        [id],
      );
      return rows[0]?.id ?? '';
    };
    const undo = async (id: string): Promise<string> => {
      const result = await salvor(['journal', 'undo', await entryOf(id), '--yes', '--json'], {
        cwd: world.base,
        env,
      });
      expect(result.code).toBe(0);
      return result.stdout;
    };
    symlinkSync(join(world.root, 'datasets/part_4/file_4.csv'), join(world.root, 'datasets/linked.csv'));
    await world.row({ id: 'dotted', path: './datasets//part_2/file_2.csv' });
    await world.row({ id: 'absolute', path: join(world.root, 'datasets/part_3/file_3.csv') });
    await world.row({ id: 'linked', path: 'datasets/linked.csv' });
    for (const i of [2, 3, 4]) {
      expect(await undo(`row-${i}`)).toContain('another row uses the same file');
      expect(await world.content(`row-${i}`)).toBe(csv(`file ${i}`));
      expect((await world.stored(`row-${i}`)).metadata).toEqual({});
    }

    await undo('row-5');
    expect(await world.content('row-5')).toBeUndefined();
    const planned = await salvor(['recovery', 'run', '--json', '--no-progress', '--out', 'again.json'], {
      cwd: world.base,
      env,
    });
    expect(planned.code).toBe(0);
    expect(await world.content('row-5')).toBeUndefined();
    expect(readFileSync(join(world.base, 'again.json'), 'utf8')).toMatch(
      /undid a bind of this row on [^"]+ Accept a candidate/,
    );
    expect(await undo('row-5')).toContain('restored');
    expect(await world.content('row-5')).toBe(csv('file 5'));
    expect((await world.stored('row-5')).metadata).toMatchObject({ file_sha256: sha256(csv('file 5')) });
  }, 120_000);
});
