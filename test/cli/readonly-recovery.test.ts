import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { salvor as runSalvor } from '../support/cli.js';
import { csv, RecoveryWorld, sha256 } from '../support/recovery-world.js';
import { s3Environment } from '../support/s3.js';

/** A frozen registry that a role may only read, and Salvor's own tables in an embedded one. */
let world: RecoveryWorld;
let role: string;
let scripts: string;

beforeAll(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  world.worktree('quest', 'datasets/liver.csv', csv('liver'));
  world.worktree('quest', 'x/data.csv', csv('kidney'));
  world.archive('h/artifacts-2026-04-20.tar.gz', { 'datasets/lung.csv': csv('lung') });
  await world.row({ id: 'liver', path: 'datasets/liver.csv' });
  await world.row({ id: 'kidney', path: null, metadata: { filename: 'data.csv' } });
  await world.row({ id: 'lung', path: 'datasets/lung.csv' });
  await world.row({ id: 'gone', path: 'datasets/gone.csv' });
  role = `reader_${world.fresh.name}`;
  await world.database.query(
    `create role ${role} login; grant usage on schema salvor to ${role}; grant select on salvor.artifacts to ${role}`,
  );
  scripts = join(world.base, 'scripts');
  writeFileSync(
    join(world.base, 'salvor.yaml'),
    JSON.stringify({
      registry: {
        url: world.fresh.url.replace('salvor@', `${role}@`),
        table: 'salvor.artifacts',
        mode: 'readonly',
        emit_sql: scripts,
      },
      state: { url: `embedded:${join(world.base, 'state')}` },
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
afterAll(async () => {
  await world.database.query(`drop owned by ${role}; drop role ${role}`);
  await world.close();
});

// biome-ignore lint/suspicious/noExplicitAny: whatever the command prints
async function salvor(...args: string[]): Promise<{ code: number | null; json: any; stderr: string }> {
  const env = { ...s3Environment(world.s3), HOME: world.base };
  const ran = await runSalvor([...args, '--json'], { cwd: world.base, env });
  return { code: ran.code, json: JSON.parse(ran.stdout || '{}'), stderr: ran.stderr };
}

const scriptNames = (): string[] => (existsSync(scripts) ? readdirSync(scripts).sort() : []);
const ran = new Set<string>();

/** A person runs what was written since the last time, and Salvor looks. */
async function runScripts(): Promise<void> {
  for (const name of scriptNames().filter((one) => !ran.has(one))) {
    ran.add(name);
    // What psql alone understands.
    const text = readFileSync(join(scripts, name), 'utf8').replace(/^\\set .*$/gm, '');
    await world.database.query(text);
  }
  expect((await salvor('journal', 'settle')).json.summary.pending).toBe(0);
}

it('apply places the files and writes the binds to a script; nothing else is in the frozen database', async () => {
  expect(await salvor('init')).toMatchObject({ code: 0 });
  expect((await salvor('recovery', 'plan')).json.summary).toMatchObject({ to_bind: 2, needs_review: 1 });
  const applied = await salvor('recovery', 'apply');
  expect(applied.code).toBe(0);
  expect(applied.json.summary).toMatchObject({ bound: 2, script: expect.stringContaining(scripts) });
  expect((await world.stored('liver')).metadata).toEqual({});
  expect(readFileSync(join(world.root, 'datasets/liver.csv'), 'utf8')).toBe(csv('liver'));
  expect((await salvor('status')).json.summary.pending_scripts).toMatchObject([{ changes: 2 }]);
  await runScripts();
  expect((await world.stored('liver')).metadata).toMatchObject({ file_sha256: sha256(csv('liver')) });
  expect(await world.content('lung')).toBe(csv('lung'));
}, 120_000);

it('decisions are kept in the state database; what was accepted, the next run binds', async () => {
  const review = await salvor('recovery', 'review');
  const [row] = review.json.summary.rows;
  expect(row.id).toBe('kidney');
  const cid = row.candidates[0].cid;
  expect((await salvor('recovery', 'review', 'accept', 'kidney', '--candidate', cid)).code).toBe(0);
  expect(scriptNames().filter((one) => !ran.has(one))).toEqual([]);
  const marked = await salvor('recovery', 'review', 'unrecoverable', 'gone', '--reason', 'the disk died');
  expect(marked).toMatchObject({ code: 0, json: { summary: { script: expect.any(String) } } });
  const bound = await salvor('recovery', 'run');
  expect(bound).toMatchObject({ code: 0, json: { summary: { bound: 1 } } });
  await runScripts();
  expect(await world.content('kidney')).toBe(csv('kidney'));
  expect((await world.stored('gone')).metadata).toMatchObject({ file_unrecoverable: true });
}, 120_000);

it('undo takes a bind back by a script, and the file is in the quarantine', async () => {
  const log = await salvor('journal', 'log', '--artifact', 'kidney', '--action', 'bind');
  const undone = await salvor('journal', 'undo', log.json.summary.entries[0].id, '--yes');
  expect(undone).toMatchObject({ code: 0, json: { summary: { undone: 1, script: expect.any(String) } } });
  await runScripts();
  expect((await world.stored('kidney')).file_path).toBeNull();
  expect(existsSync(join(world.root, 'datasets/data.csv'))).toBe(false);
}, 120_000);

it('a drill restores from the backups and keeps its proofs in the state database', async () => {
  const built = await salvor('listings', 'build', world.store, '--missing', '--no-registry');
  expect(built.code).toBe(0);
  const drill = await salvor('recovery', 'drill');
  expect(drill.json.summary).toMatchObject({ proven: 1 });
}, 120_000);
