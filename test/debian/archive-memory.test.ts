import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wordy } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { SharedWorld } from '../support/shared-world.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

/** An archive that needs 256 MiB to be decoded, twice what is allowed by default. */
async function put(directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const tar = await packTar([{ name: 'a', content: wordy(1000, 1) }]);
  const path = join(directory, 'a.tar.zst');
  writeFileSync(path, execFileSync('zstd', ['-qc', '--ultra', '--long=28'], { input: tar }));
  return path;
}

it.each([
  ['listings build', (path: string) => ['listings', 'build', path]],
  ['listings check', (path: string) => ['listings', 'check', path, '--no-registry']],
  ['listings tee', () => ['listings', 'tee', '--listing', 'listing']],
  ['restore --stream', (path: string) => ['restore', path, 'a', '--stream', '-o', 'out']],
  ['restore --stream -C', (path: string) => ['restore', path, 'a', '--stream', '-C', '.']],
])('%s decodes no archive that needs more memory than it may', async (_, argsOf) => {
  const path = await put(world.root);
  const runWith = (...more: string[]) =>
    spawnSync(process.execPath, [main, ...argsOf(path), ...more], {
      cwd: world.base,
      input: readFileSync(path),
      encoding: 'latin1',
    });
  const refused = runWith();
  expect(refused.status, refused.stderr).toBe(3);
  expect(refused.stdout + refused.stderr).toContain('MiB to decode');
  const allowed = runWith('--max-memory', '300MiB');
  // `check` still reports that there is no listing.
  expect(allowed.stdout + allowed.stderr).not.toContain('MiB to decode');
  expect(allowed.status).not.toBe(3);
});

it('workers obey the limit of the run that shares the build', async () => {
  const registry = await world.registry(1);
  const store = join(world.base, 'store');
  await put(store);
  await world.worker(registry.configure('builds', `backups: [{ url: "file://${store}/" }]`));
  const build = async (words: string) =>
    (await registry.run(`listings build file://${store}/ --missing --distribute${words}`)).json;
  const refused = await build('');
  expect(refused, JSON.stringify(refused)).toMatchObject({ exit_code: 3, summary: { failed: 1 } });
  expect(JSON.stringify(refused.findings)).toContain('decoder.memory');
  expect(await build(' --max-memory 300MiB')).toMatchObject({ exit_code: 0, summary: { built: 1 } });
});
