import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { csv, RecoveryWorld, sha256 } from '../support/recovery-world.js';

/** SALVOR_KILLS=300 makes this the long loop; SALVOR_SEED repeats one that failed. */
const KILLS = Number(process.env.SALVOR_KILLS ?? 6);
const SEED = Number(process.env.SALVOR_SEED ?? Math.floor(Math.random() * 2 ** 31));
const ROWS = 12;

let world: RecoveryWorld;
let state = SEED;

/** The next number from 0 up to a limit, from the seed alone. */
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

beforeAll(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  for (let i = 0; i < ROWS; i += 1) {
    const path = `datasets/part_${i % 3}/file_${i}.csv`;
    world.worktree('quest', path, csv(`file ${i}`));
    if (i % 4 === 0) world.file(`root/${path}`, pointer(csv(`file ${i}`)));
    await world.row({ id: `row-${i}`, path });
  }
  writeFileSync(
    join(world.base, 'salvor.yaml'),
    JSON.stringify({
      registry: { url: world.fresh.url },
      roots: [{ path: world.root }],
      recovery: {
        sources: [{ directory: join(world.base, 'worktrees/*/data/scidex-artifacts') }],
        types: { dataset: { directories: ['datasets'], extensions: ['.csv'] } },
      },
    }),
    { mode: 0o600 },
  );
});
afterAll(() => world.close());

function pointer(content: string): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`;
}

/** How much a command has done to files and rows by now. */
async function progress(): Promise<number> {
  const { rows } = await world.database.query<{ n: number }>(
    `select ((select count(*) + count(*) filter (where state <> 'open') from salvor.file_todos)
       + (select count(*) from salvor.journal))::int as n`,
  );
  return rows[0]?.n ?? 0;
}

async function run(args: readonly string[], steps: number): Promise<boolean> {
  const from = await progress();
  const result = await salvor([...args, '--json'], {
    cwd: world.base,
    env: { HOME: world.base },
    started: (child) => killAfter(child, from + steps),
  });
  if (result.signal === null && ![0, 1, 4].includes(result.code ?? 9))
    throw new Error(`seed ${SEED}: ${args.join(' ')}: exit ${result.code}: ${result.stderr}`);
  return result.signal === 'SIGKILL';
}

/** Kills once this much is done, wherever the program is at that moment. */
function killAfter(child: ChildProcess, target: number): void {
  if (!Number.isFinite(target)) return;
  const watch = setInterval(async () => {
    if ((await progress().catch(() => 0)) < target) return;
    clearInterval(watch);
    setTimeout(() => child.kill('SIGKILL'), random(8));
  }, 2);
  child.on('close', () => clearInterval(watch));
}

/** What a person may call next: bind, plan and bind, take the last run back, take that back. */
async function command(): Promise<string[]> {
  const { rows } = await world.database.query<{ run: string }>(
    `select run_id::text as run from salvor.journal one
      where run_id is not null and not exists (select from salvor.journal undo where undo.undoes = one.id)
      group by run_id order by max(id) desc`,
  );
  const runs = rows.map(({ run }) => run);
  const choice = random(4);
  if (runs.length === 0 || choice === 0) return ['recovery', 'apply', '--no-progress'];
  if (choice === 1) return ['recovery', 'run', '--no-progress'];
  // Any run that can still be taken back: the last one alone would soon be a short one for ever.
  return ['journal', 'undo', runs[choice === 2 ? 0 : random(runs.length)] ?? '', '--yes'];
}

/** No draft, no to-do; each row has its file exactly when it says so, and no content is lost. */
async function expectTidy(after: string): Promise<void> {
  const where = `seed ${SEED}, after ${after}`;
  const names = readdirSync(world.root, { recursive: true }).map(String);
  expect(
    names.filter((name) => name.endsWith('.part')),
    where,
  ).toEqual([]);
  expect(await world.todos().pending(), where).toEqual([]);
  const kept = names.filter((name) => name.includes('.salvor-quarantine/'));
  const quarantined = kept.map((name) => readFileSync(join(world.root, name), 'latin1'));
  for (let i = 0; i < ROWS; i += 1) {
    const content = csv(`file ${i}`);
    const isBound = (await world.stored(`row-${i}`)).metadata.file_recovered_from !== undefined;
    const there = await world.content(`row-${i}`);
    if (isBound) expect(there, `${where}: row-${i}`).toBe(content);
    else expect(there, `${where}: row-${i}`).toBe(i % 4 === 0 ? pointer(content) : undefined);
    // The stand-in that made room is kept as long as the content has its place.
    if (isBound && i % 4 === 0) expect(quarantined, `${where}: row-${i}`).toContain(pointer(content));
  }
}

it(
  `${KILLS} kills of apply, run, undo and undo of undo at random: the next command finds nothing half done`,
  async () => {
    expect(
      (await salvor(['recovery', 'plan', '--json'], { cwd: world.base, env: { HOME: world.base } })).code,
    ).toBe(0);
    let kills = 0;
    for (let round = 0; kills < KILLS; round += 1) {
      // Commands that had nothing to do were not killed: there is always one that has.
      expect(round, `seed ${SEED}`).toBeLessThan(KILLS * 20 + 40);
      const args = await command();
      if (await run(args, random(1 + random(ROWS * 3)))) kills += 1;
      if (KILLS > 20) console.log(`round ${round}: ${kills} kills`);
      if (random(2) === 0) continue;
      const next = await command();
      await run(next, Number.POSITIVE_INFINITY);
      await expectTidy(next.join(' '));
    }
    await run(['recovery', 'run', '--no-progress'], Number.POSITIVE_INFINITY);
    await expectTidy('the last run');
    // A guard only: on a busy machine a kill takes up to half a minute.
  },
  3_600_000 * Math.ceil(KILLS / 100),
);
