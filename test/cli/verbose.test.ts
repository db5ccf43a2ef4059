import { expect, it } from 'vitest';
import { salvor } from '../support/cli.js';

/** A bug in the program: a function of the language does not do what it should, as soon as the program is loaded. */
const BUG = `--import data:text/javascript,setImmediate(()=>{Number.isSafeInteger=()=>{throw(new(TypeError)('broken'))}})`;
const ARGS = ['listings', 'verify', 's3://bucket/', '--grace', '1h', '--no-registry'];

it('--verbose shows where in the sources a bug is', async () => {
  const { code, stderr } = await salvor([...ARGS, '--verbose'], { env: { NODE_OPTIONS: BUG } });
  expect(code).toBe(3);
  expect(stderr).toContain('salvor: internal.error: unexpected: TypeError: broken\n');
  expect(stderr).toContain('  cause: TypeError: broken\n');
  expect(stderr).toMatch(/^ {6}at parseDuration \(.*src\/core\/durations\.ts:\d+:\d+\)$/m);
});

it('without it, a bug is two lines', async () => {
  const { code, stderr } = await salvor(ARGS, { env: { NODE_OPTIONS: BUG } });
  expect(code).toBe(3);
  expect(stderr.split('\n')).toEqual([
    'salvor: internal.error: unexpected: TypeError: broken',
    expect.stringMatching(/^ {2}hint: .*--verbose/),
    '',
  ]);
});

it('--verbose shows no stack for what an operator can cause', async () => {
  const { code, stderr } = await salvor([
    'runs',
    'list',
    '--registry',
    'postgres://127.0.0.1:1/x',
    '--verbose',
  ]);
  expect(code).toBe(3);
  expect(stderr).toContain('registry.unavailable');
  expect(stderr).not.toMatch(/^\s+at /m);
});
