import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { ELSEWHERE } from '../../support/elsewhere.js';
import { csv, planRow, RecoveryWorld } from '../../support/recovery-world.js';

/** Names that only look like them. */
const ORDINARY = ['gene:NAME', 'a/s3/NAME', 'datasets/doi/NAME', 'x:y:z-NAME', 'http/NAME'] as const;

let world: RecoveryWorld;
let plan: PlanDocument;
const nameOf = (i: number, kind: string): string => `cohort_${kind}_${i}.csv`;
const elsewhere = ELSEWHERE.map((text, i) => text.replace('NAME', nameOf(i, 'elsewhere')));
const ordinary = ORDINARY.map((text, i) => text.replace('NAME', nameOf(i, 'ordinary')));

beforeAll(async () => {
  world = await RecoveryWorld.create();
  const files: Record<string, string> = {};
  for (const [i, path] of elsewhere.entries()) {
    const name = nameOf(i, 'elsewhere');
    world.worktree('quest', `datasets/${name}`, csv(name));
    world.worktree('quest', `panels/${path.split(/[/\\]/).at(-1)}`, csv(name));
    files[`datasets/${name}`] = csv(name);
    await world.row({ id: `elsewhere-${i}`, path, metadata: { filename: name } });
  }
  world.commit(files);
  world.archive('h/artifacts-2026-04-20.tar.gz', files);
  for (const [i, path] of ordinary.entries()) {
    world.worktree('quest', path, csv(path));
    await world.row({ id: `ordinary-${i}`, path });
  }
  plan = (await world.plan()).plan;
  await world.apply(plan);
}, 120_000);
afterAll(() => world.close());

describe('a file_path that is no path', () => {
  it.each(elsewhere.map((path, i) => [path, i] as const))('%s', async (path, i) => {
    const row = planRow(plan, `elsewhere-${i}`);
    expect(row).toMatchObject({
      status: 'external_reference',
      candidates: [],
      similar: [],
      destination: null,
    });
    const stored = await world.stored(row.id);
    expect([stored.file_path, stored.metadata.file_sha256]).toEqual([path, undefined]);
    const placed = readdirSync(world.root, { recursive: true }).map(String);
    expect(placed.filter((name) => name.includes(nameOf(i, 'elsewhere')))).toEqual([]);
  });
});

describe('an ordinary name that looks like one', () => {
  it.each(ordinary.map((path, i) => [path, i] as const))('%s', async (path, i) => {
    expect(planRow(plan, `ordinary-${i}`).status).toBe('to_bind');
    expect(await world.content(`ordinary-${i}`)).toBe(csv(path));
  });
});
