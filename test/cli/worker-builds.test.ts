import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noise } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { type Registry, SharedWorld } from '../support/shared-world.js';

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

/** Archives of every kind: without siblings, with all, with one, with an empty one, damaged, and the canary. */
async function fill(store: string): Promise<void> {
  mkdirSync(join(store, 'host'), { recursive: true });
  for (let i = 0; i < 12; i += 1) {
    const archive = gzipSync(await packTar([{ name: `m${i}`, content: noise(2000 + i, i) }]));
    writeFileSync(join(store, 'host', `a${i}.tar.gz`), i === 3 ? archive.subarray(0, -9) : archive);
  }
  for (const sibling of ['a5.tar.gz.list.txt', 'a5.tar.gz.salvor-index', 'a6.tar.gz.list.txt']) {
    writeFileSync(join(store, 'host', sibling), 'there\n');
  }
  writeFileSync(join(store, 'host', 'a7.tar.gz.list.txt'), '');
}

function contents(store: string): Record<string, string> {
  const names = readdirSync(join(store, 'host')).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(store, 'host', name), 'base64')]));
}

async function build(registry: Registry, store: string, ...words: string[]) {
  const { code, json } = await registry.run(
    ['listings', 'build', `file://${store}/`, '--missing', ...words].join(' '),
  );
  const findings = json.findings.map((finding) => JSON.stringify(finding).replaceAll(store, 'STORE')).sort();
  return { code, status: json.status, summary: json.summary, findings, error: json.error, run: json.run_id };
}

it('a build that workers share writes and reports what one machine does', async () => {
  const registry = await world.registry(1);
  const [alone, shared] = [join(world.base, 'alone'), join(world.base, 'shared')];
  await fill(alone);
  cpSync(alone, shared, { recursive: true, preserveTimestamps: true });
  const backups = (store: string): string =>
    registry.configure('builds', `backups: [{ url: "file://${store}/", canary: host/a9.tar.gz }]`);
  const stranger = await world.worker(
    registry.configure('stranger', 'backups: [{ url: "file:///elsewhere/" }]'),
  );
  const workers = [await world.worker(backups(shared)), await world.worker(backups(shared))];
  const { run: _, ...expected } = await build(registry, alone, '--canary', 'host/a9.tar.gz');
  const { run, ...got } = await build(registry, shared, '--canary', 'host/a9.tar.gz', '--distribute');
  expect(expected).toMatchObject({
    code: 1,
    summary: { archives_total: 11, built: 9, skipped: 1, failed: 1, canaries: 1 },
  });
  expect(got).toEqual(expected);
  expect(Object.keys(contents(shared))).toEqual(Object.keys(contents(alone)));
  expect(contents(shared)['a1.tar.gz.list.txt']).toBe(contents(alone)['a1.tar.gz.list.txt']);
  const { json } = await registry.run(`runs show ${run}`);
  const names = (json.summary.workers as { worker: string }[]).map(({ worker }) => worker);
  expect(workers.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  expect(names).not.toContain(stranger.name);
  const { run: __, ...again } = await build(registry, shared, '--canary', 'host/a9.tar.gz', '--distribute');
  expect(again).toMatchObject({ code: 1, summary: { built: 0, skipped: 10, failed: 1 } });
});

it.each([
  ['--distribute', 'requires --missing'],
  ['--missing --distribute --out x', '--out'],
  ['--missing --distribute --no-registry', 'needs the registry'],
  ['--missing --distribute --concurrency 2', '--concurrency'],
])('listings build with %s is refused before anything is touched', async (words, message) => {
  const registry = await world.registry(1);
  const { code, json } = await registry.run(`listings build file://${world.root}/ ${words}`);
  expect({ code, message: json.error?.message }).toEqual({
    code: 2,
    message: expect.stringContaining(message),
  });
});
