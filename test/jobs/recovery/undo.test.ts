import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFiles } from '../../../src/files/thread-pool.js';
import { settleTodos } from '../../../src/jobs/recovery/undo/settle-todos.js';
import { RecoveredFiles } from '../../../src/jobs/recovery/undo/undo-files.js';
import type { ArtifactReader } from '../../../src/registry/artifacts/artifacts-port.js';
import { PostgresJournal } from '../../../src/registry/journal/journal.js';
import { undoJournal } from '../../../src/registry/journal/undo.js';
import { openRecovery } from '../../../src/registry/recovery/recovery-reader.js';
import { PostgresRuns } from '../../../src/registry/runs/runs.js';
import { workerScript } from '../../files/support.js';
import { salvor } from '../../support/cli.js';
import { csv, RecoveryWorld } from '../../support/recovery-world.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
});
afterEach(() => world.close());

const ROWS = 6;

async function bound(): Promise<string> {
  for (let i = 0; i < ROWS; i += 1) world.worktree('quest', `datasets/plate_${i}.csv`, csv(`plate ${i}`));
  await world.database.query(
    `insert into artifacts (id, artifact_type, file_path)
     select 'row-' || i, 'dataset', 'datasets/plate_' || i || '.csv' from generate_series(0, $1::int - 1) i`,
    [ROWS],
  );
  expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: ROWS });
  const { rows } = await world.database.query<{ run: string }>(
    `select distinct run_id::text as run from salvor.journal where action = 'bind'`,
  );
  return rows[0]?.run ?? '';
}

const quarantined = (): number => readdirSync(join(world.root, '.salvor-quarantine')).length;

/** Undoes a run; returns how often the paths of all rows were gone through. */
async function undo(runId: string, finishes = true): Promise<number> {
  let passes = 0;
  const artifacts: ArtifactReader = new Proxy(world.artifacts.reader, {
    get: (target, name) => {
      if (name === 'paths') passes += 1;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const files = await openFiles({ roots: [{ path: world.root }], threads: 1, workerScript });
  const ports = { artifacts, todos: world.todos(), onFinding: () => undefined };
  const moved = new RecoveredFiles({ ...ports, destination: world.root, files: async () => files });
  if (!finishes) moved.finish = () => Promise.reject(new Error('killed'));
  const writer = world.artifacts.writer();
  const recovery = await openRecovery(world.database, {
    table: 'artifacts',
    columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
  });
  try {
    await settleTodos({ ...ports, writer, recovery, quarantineOf: (all) => moved.quarantineOf(all) });
    const more = {
      journal: new PostgresJournal(world.database),
      runs: new PostgresRuns(world.database),
      onRefused: () => undefined,
      signal: new AbortController().signal,
    };
    await undoJournal(
      { target: { runId }, runId: crypto.randomUUID(), actor: 'test', reason: null },
      { ...more, artifacts, writer, files: moved, pageEntries: 2 },
    );
  } finally {
    await files.close();
  }
  return passes;
}

describe('an undo of many binds', () => {
  it('checks once for other owners of the files, and moves all of them away', async () => {
    const run = await bound();
    // Another row has one of the files under another spelling: that one stays.
    await world.row({ id: 'also', type: 'figure', path: './datasets//plate_5.csv' });
    expect(await undo(run)).toBe(1);
    expect(quarantined()).toBe(ROWS - 1);
    expect(readdirSync(join(world.root, 'datasets'))).toEqual(['plate_5.csv']);
    expect(await world.todos().pending()).toEqual([]);
  });

  it('if killed before the files are moved, the next undo moves all of them, with one check', async () => {
    const run = await bound();
    await expect(undo(run, false)).rejects.toThrow('killed');
    expect(await world.todos().pending()).toHaveLength(ROWS);
    expect(await undo(run)).toBe(1);
    expect(quarantined()).toBe(ROWS);
    expect(await world.todos().pending()).toEqual([]);
  });
});

it('an undo that moves no file completes what a killed run left', async () => {
  writeFileSync(
    join(world.base, 'salvor.yaml'),
    JSON.stringify({
      registry: { url: world.fresh.url },
      roots: [{ path: world.root }],
      recovery: { sources: [{ git: join(world.base, 'repo') }], types: { dataset: {} } },
    }),
    { mode: 0o600 },
  );
  const here = { cwd: world.base, env: { HOME: world.base } };
  await world.row({ id: 'gone', path: 'datasets/gone.csv' });
  const marked = await salvor(['artifact', 'unrecoverable', 'gone', '--reason', 'test'], here);
  expect(marked.code, marked.stderr).toBe(0);
  world.file('root/datasets/.salvor-0123456789abcdef.part', 'half a file');
  await world.todos().open([
    {
      ...{ kind: 'place', artifactId: 'gone', runId: null, entryId: null, root: world.root },
      ...{ path: 'datasets/gone.csv', draft: 'datasets/.salvor-0123456789abcdef.part', kept: null },
      ...{ standInSha256: null, sha256: null, byScript: false },
    },
  ]);
  const { rows } = await world.database.query<{ id: string }>('select id::text from salvor.journal');
  const undone = await salvor(['journal', 'undo', rows[0]?.id ?? '', '--yes'], here);
  expect(undone.code, undone.stderr).toBe(0);
  expect(await world.todos().pending()).toEqual([]);
  expect(readdirSync(join(world.root, 'datasets'))).toEqual([]);
});
