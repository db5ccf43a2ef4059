import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../dashboard/http.js';
import { buildWorld, serve, type World } from '../dashboard/world.js';

const rules = join(import.meta.dirname, '../../contrib/prometheus');
/** Of Debian's package prometheus. */
const PROGRAM = 'promtool';
const promtool = (args: string[]): string => execFileSync(PROGRAM, args, { cwd: rules, encoding: 'utf8' });

let world: World;
beforeAll(async () => {
  world = await buildWorld({ hostile: true });
});
afterAll(() => world.drop());

it('the alert rules are rules, and fire when they should and not otherwise', () => {
  expect(promtool(['check', 'rules', 'salvor-alerts.yml'])).toMatch(/SUCCESS: \d+ rules found/);
  expect(promtool(['test', 'rules', 'salvor-alerts-test.yml'])).toContain('SUCCESS');
});

it('Prometheus reads the output of /metrics, with hostile names too', async () => {
  const opened = await serve(world);
  try {
    const text = (await call(opened.server.url, { path: '/metrics' })).body;
    expect(text).toContain('salvor_run_status');
    const { stderr } = spawnSync(PROGRAM, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    // Ignores a style warning about a metric name that others rely on. Text that promtool cannot parse is still an error.
    const complaints = stderr
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('salvor_summary '));
    expect(complaints).toEqual([]);
  } finally {
    await opened.close();
  }
});
