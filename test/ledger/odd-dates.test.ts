import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LedgerWorld } from './world.js';

/** Seconds since 1970: beyond what JavaScript, PostgreSQL or four digits of a year can say, and before all of them. */
const SECONDS = [
  99_999_999_999_999, 8_640_000_000_001, 253_402_300_800, -1, -62_135_596_801, -99_999_999_999_999,
];
const TYPES = { dataset: { directories: ['datasets'], extensions: ['.csv'] } };
const pathOf = (id: string): string => `datasets/${id}_tpm.csv`;
const contentOf = (id: string): string => `gene,value\n${id},1\n`;
const ids = SECONDS.map((_, index) => `row${index}`);

let world: LedgerWorld;
/** Where times of 64 bits are kept as they are: most disks clamp them. */
let base: string;
beforeEach(async () => {
  base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'salvor-odd-'));
  world = await LedgerWorld.create();
  for (const name of ['root', 'worktree']) put(name, 'keep', 'so that it is not empty', 0);
  world.configure({
    roots: [{ path: join(base, 'root') }],
    recovery: { sources: [{ directory: join(base, 'worktree') }], types: TYPES },
  });
});
afterEach(async () => {
  await world.close();
  rmSync(base, { recursive: true, force: true });
});

function put(where: string, path: string, content: string, seconds: number): void {
  const file = join(base, where, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  execFileSync('touch', ['-d', `@${seconds}`, file]);
}

/** Runs it with and without --json; what it says has no date that could not be formed. */
async function says(words: string, code = 0) {
  const answer = await world.run(words);
  expect(answer.code, `${words}: ${answer.stdout}${answer.stderr}`).toBe(code);
  const text = await world.raw(words);
  expect(text.stdout + text.stderr + answer.stdout).not.toMatch(/Invalid|NaN|RangeError|internal\.error/);
  return answer.json;
}

it('files with any date are hashed, scrubbed, reported as drift, and decided', async () => {
  for (const [index, id] of ids.entries()) {
    put('root', pathOf(id), contentOf(id), SECONDS[index] ?? 0);
    await world.row(id, pathOf(id));
  }
  expect((await says('checksums backfill')).summary.rows_updated).toBe(ids.length);
  expect((await says('checksums verify')).summary.rows_unchanged).toBe(ids.length);

  for (const [index, id] of ids.entries()) put('root', pathOf(id), `another ${id}`, -(SECONDS[index] ?? 0));
  const drifted = await says('checksums verify', 1);
  expect(drifted.summary.drift_events).toBe(ids.length);
  await says('status');
  await says(`runs show ${drifted.run_id}`);
  const { drift } = (await says('drift list')).summary;
  expect(drift).toHaveLength(ids.length);
  for (const { id, artifact_id } of drift) {
    await says(`drift show ${id}`);
    await says(`artifact show ${artifact_id}`);
  }
  const { needs } = await world.overview();
  expect(needs).toContainEqual(expect.objectContaining({ kind: 'drift', count: ids.length }));
  const accepted = await world.run(`drift accept ${drift.map(({ id }: { id: string }) => id).join(' ')}`);
  expect(accepted.code, accepted.stdout).toBe(0);
  expect((await world.run('checksums verify')).code).toBe(0);
  expect(await world.red()).toEqual({});
});

it('files with any date are found and recovered', async () => {
  for (const [index, id] of ids.entries()) {
    put('worktree', pathOf(id), contentOf(id), SECONDS[index] ?? 0);
    await world.row(id, pathOf(id));
  }
  expect((await says('recovery plan')).summary.to_bind).toBe(ids.length);
  await says('recovery review');
  expect((await world.run('recovery apply')).json.summary.bound).toBe(ids.length);
  await says('recovery report');
  expect((await says('checksums verify')).summary.rows_unchanged).toBe(ids.length);
  unlinkSync(join(base, 'root', pathOf('row0')));
  await says('checksums verify', 1);
});
