import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DrillWorld } from '../jobs/drill/world.js';
import { salvor } from '../support/cli.js';
import { s3Environment } from '../support/s3.js';

let world: DrillWorld;

interface Document {
  exit_code: number;
  summary: Record<string, unknown>;
  findings: { code: string }[];
  error?: { code: string };
}

async function run(...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const { base, s3 } = world.world;
  const env = { ...s3Environment(s3), HOME: base, TMPDIR: join(base, 'scratch') };
  return salvor([...args, '--no-progress'], { cwd: base, env });
}

function configure(sources: object[]): void {
  const { fresh, root, s3, base } = world.world;
  const config = {
    registry: { url: fresh.url },
    roots: [{ path: root }],
    s3: { endpoint_url: s3.endpoint, region: s3.region },
    recovery: { sources },
  };
  writeFileSync(join(base, 'salvor.yaml'), JSON.stringify(config), { mode: 0o600 });
}

beforeAll(async () => {
  world = await DrillWorld.create();
  await world.artifacts('liver', 'heart', 'lost');
  world.archive('artifacts-2026-04-20.tar', ['liver', 'heart'], []);
  await world.index();
  configure([{ archives: world.world.store, series: 'artifacts-*' }]);
});
afterAll(() => world.world.close());

it('a drill is a run with a row, proofs and health events, and leaves files and scratch as they were', async () => {
  const { database, root } = world.world;
  const { code, stdout } = await run('recovery', 'drill', '--json');
  const json = JSON.parse(stdout) as Document;
  expect(code).toBe(0);
  expect(json.summary).toMatchObject({ artifacts_total: 3, sampled: 3, proven: 2, no_copy: 1 });
  expect(json.findings.map((one) => one.code)).toEqual(['drill.no_copy']);
  const runs = await database.query('select job, status, exit_code, summary from salvor.runs');
  expect(runs.rows).toMatchObject([{ job: 'recovery drill', status: 'ok', summary: { proven: 2 } }]);
  const events = await database.query<{ status: string }>(
    'select status from fleet_health_events order by id',
  );
  expect(events.rows.map((one) => one.status)).toEqual(['running', 'ok']);
  expect(readdirSync(root)).toEqual(['README']);
  expect(world.scratch()).toEqual([]);
});

it('a bad copy is exit 1 and named', async () => {
  await world.flip('artifacts-2026-04-20.tar', 'liver,1');
  const { code, stdout } = await run('recovery', 'drill', '--max-bytes', '1MB', '--max-duration', '1m');
  expect(code).toBe(1);
  expect(stdout).toContain('1 of 3 artifacts restored from backups with the recorded content');
  expect(stdout).toMatch(/drill\.failed {2}liver: .*artifacts-2026-04-20\.tar/);
  expect(world.scratch()).toEqual([]);
});

it('without archives among the sources there is nothing to drill: 2', async () => {
  configure([{ directory: world.world.base }]);
  const { code, stdout } = await run('recovery', 'drill', '--json');
  expect(code).toBe(2);
  expect((JSON.parse(stdout) as Document).error?.code).toBe('recovery.no_sources');
});
