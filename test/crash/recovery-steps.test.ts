import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settleTodos } from '../../src/jobs/recovery/undo/settle-todos.js';
import { RecoveredFiles } from '../../src/jobs/recovery/undo/undo-files.js';
import type { ArtifactWriter } from '../../src/registry/artifacts/artifacts-port.js';
import { PostgresJournal } from '../../src/registry/journal/journal.js';
import { undoJournal } from '../../src/registry/journal/undo.js';
import type { FileTodos } from '../../src/registry/recovery/file-todos-port.js';
import { openRecovery } from '../../src/registry/recovery/recovery-reader.js';
import { PostgresRuns } from '../../src/registry/runs/runs.js';
import { csv, RecoveryWorld, sha256 } from '../support/recovery-world.js';

/**
 * A process that is killed does nothing more: from the chosen step on, every effect on files and database fails, those
 * of the code that cleans up as well.
 */
const gate = vi.hoisted(() => ({
  left: Number.POSITIVE_INFINITY,
  dead: false,
  noLinks: false,
  step(): void {
    gate.left -= 1;
    if (gate.left < 0) gate.dead = true;
    if (gate.dead) throw new Error('killed');
  },
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  type Any = (...parameters: unknown[]) => Promise<unknown>;
  const gated = (name: 'link' | 'unlink' | 'rename' | 'mkdir'): Any => {
    const call = real[name] as unknown as Any;
    return async (...parameters) => {
      if (!String(parameters[0]).includes('/fd/')) return call(...parameters);
      gate.step();
      if (name === 'link' && gate.noLinks) throw Object.assign(new Error('EPERM: link'), { code: 'EPERM' });
      return call(...parameters);
    };
  };
  const names = ['link', 'unlink', 'rename', 'mkdir'] as const;
  return { ...real, ...Object.fromEntries(names.map((name) => [name, gated(name)])) };
});

let world: RecoveryWorld;
let round = 0;

beforeEach(async () => {
  world = await RecoveryWorld.create();
});
afterEach(() => {
  revive();
  return world.close();
});

/** There are hundreds of plans here: they search only the place that has the files. */
const tweaks = () => ({ sources: world.sources().filter(({ kind }) => kind === 'directory') });
const makePlan = async () => (await world.plan(tweaks())).plan;

function revive(): void {
  gate.left = Number.POSITIVE_INFINITY;
  gate.dead = false;
  gate.noLinks = false;
}

function mortal<T extends object>(port: T, names: readonly (keyof T)[]): T {
  return new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...parameters: unknown[]) => unknown;
      if (!names.includes(name as keyof T)) return call;
      return async (...parameters: unknown[]) => {
        gate.step();
        const result = await call(...parameters);
        gate.step();
        return result;
      };
    },
  });
}

const writer = (): ArtifactWriter => mortal(world.artifacts.writer() as ArtifactWriter, ['commit']);
const todos = (): FileTodos => mortal(world.todos() as FileTodos, ['open', 'arm', 'close']);

async function plant(standIn: boolean): Promise<{ id: string; path: string; content: string }> {
  round += 1;
  const id = `row-${round}`;
  const path = `datasets/sub_${round}/file_${round}.csv`;
  const content = csv(id);
  world.worktree('quest', path, content);
  if (standIn) {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`;
    world.file(`root/${path}`, pointer);
  }
  await world.row({ id, path });
  return { id, path, content };
}

/** Undoes a run as the command does: what was left first, then the entries. */
async function undo(runId: string): Promise<{ undone: number; refused: string[]; run: string }> {
  const refused: string[] = [];
  const run = crypto.randomUUID();
  const ports = { artifacts: world.artifacts.reader, todos: todos(), onFinding: () => undefined };
  const moved = new RecoveredFiles({ ...ports, destination: world.root, files: () => world.files() });
  await settleTodos({
    ...ports,
    writer: writer(),
    recovery: await openRecovery(world.database, {
      table: 'artifacts',
      columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
    }),
    quarantineOf: (pending) => moved.quarantineOf(pending),
  });
  const summary = await undoJournal(
    { target: { runId }, runId: run, actor: 'test', reason: null },
    {
      journal: new PostgresJournal(world.database),
      runs: new PostgresRuns(world.database),
      artifacts: world.artifacts.reader,
      writer: writer(),
      onRefused: (finding) => refused.push(finding.message),
      files: moved,
      signal: new AbortController().signal,
    },
  );
  return { undone: summary.undone, refused, run };
}

async function lastRun(id: string): Promise<string> {
  const { rows } = await world.database.query<{ run: string }>(
    'select run_id::text as run from salvor.journal where artifact_id = $1 order by id desc limit 1',
    [id],
  );
  return rows[0]?.run ?? '';
}

async function isBound(id: string): Promise<boolean> {
  return (await world.stored(id)).metadata.file_recovered_from !== undefined;
}

/** No draft, no open to-do; the row says that it has the file exactly when it has. */
async function expectTidy(id: string, content: string): Promise<void> {
  const names = readdirSync(world.root, { recursive: true }).map(String);
  expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
  expect((await world.todos().pending()).map((todo) => todo.kind)).toEqual([]);
  if (await isBound(id)) expect(await world.content(id)).toBe(content);
  else expect(await world.content(id)).not.toBe(content);
}

/** Kills before the first step, the second, and so on, until the work ends without having been killed. */
async function atEveryStep(work: (step: number) => Promise<boolean>): Promise<number> {
  for (let step = 0; step < 100; step += 1) if (!(await work(step))) return step;
  throw new Error('it never ended');
}

async function killed(step: number, work: () => Promise<unknown>): Promise<boolean> {
  gate.left = step;
  await work().catch((error: unknown) => {
    if (!gate.dead) throw error;
  });
  const { dead } = gate;
  const { noLinks } = gate;
  revive();
  gate.noLinks = noLinks;
  return dead;
}

describe.each([
  ['with hard links', false, false],
  ['without hard links', false, true],
  ['over a stand-in', true, false],
  ['over a stand-in, without hard links', true, true],
])('killed before any step %s', (_, standIn, noLinks) => {
  it('apply: the next plan, apply or undo finds nothing half done, and the file is bound once', async () => {
    gate.noLinks = noLinks;
    const steps = await atEveryStep(async (step) => {
      const { id, content } = await plant(standIn);
      const plan = await makePlan();
      const dead = await killed(step, () =>
        world.apply(plan, { ...tweaks(), writer: writer(), todos: todos() }),
      );
      // The same plan or a new one: odd steps plan again, as `recovery run` does.
      if (step % 2 === 0) await world.apply(plan, tweaks());
      else {
        await world.settle();
        await world.apply(await makePlan(), tweaks());
      }
      expect(await isBound(id)).toBe(true);
      await expectTidy(id, content);
      const { rows } = await world.database.query(
        `select from salvor.journal where artifact_id = $1 and action = 'bind'`,
        [id],
      );
      expect(rows).toHaveLength(1);
      return dead;
    });
    expect(steps).toBeGreaterThan(8);
  });

  it('undo, and undo of the undo: the next command completes or reverts it', async () => {
    gate.noLinks = noLinks;
    const steps = await atEveryStep(async (step) => {
      const { id, content } = await plant(standIn);
      await world.apply(await makePlan(), tweaks());
      const bind = await lastRun(id);
      const deadFirst = await killed(step, () => undo(bind));
      await undo(bind);
      expect(await isBound(id)).toBe(false);
      await expectTidy(id, content);
      if (standIn) expect(await world.content(id)).toContain('git-lfs');
      else expect(await world.content(id)).toBeUndefined();
      const back = await lastRun(id);
      const deadSecond = await killed(step, () => undo(back));
      await undo(back);
      expect(await isBound(id)).toBe(true);
      await expectTidy(id, content);
      return deadFirst || deadSecond;
    });
    expect(steps).toBeGreaterThan(5);
  });
});
