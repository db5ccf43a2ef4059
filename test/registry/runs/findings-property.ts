import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ActiveRun, Resolution } from '../../../src/registry/port.js';
import { LAST_SEEN_AT } from '../../../src/registry/queries/last-seen.js';
import type { Registry } from '../../../src/registry/registry.js';
import { FindingsModel, type ModelRow, type ModelRun } from './findings-model.js';
import { runEnd, runStart } from './support.js';

/** Parts of a scope, one within another. */
const PARTS = ['a/', 'b/', 'b/x/'];
const EPOCH = Date.UTC(2026, 0, 1);
export const at = (time: number) => new Date(EPOCH + time * 1000);

export async function stageAll(run: ActiveRun, input: ModelRun): Promise<void> {
  await run.findings.stage(input.staged);
  await run.findings.stageCovered(input.covered);
  for (const { subject, resolution } of input.resolutions) {
    await run.findings.stageResolution([subject], resolution);
  }
}

/** One whole run; gives back what it said of resolved violations before it settled. */
export async function wholeRun(registry: Registry, scope: string, input: ModelRun, time: number) {
  const run = await registry.runs.begin(runStart({ scope, startedAt: at(time) }));
  await stageAll(run, input);
  const resolved = await run.findings.resolved(input.prefixes, PARTS);
  await run.finish(runEnd({ finishedAt: at(time), settle: { completePrefixes: input.prefixes } }));
  return { id: run.id, resolved };
}

export async function storedRows(registry: Registry, scope: string): Promise<ModelRow[]> {
  const { rows } = await registry.database.query<{
    code: string;
    subject: string;
    violation: boolean;
    first_seen_at: Date;
    last_seen_at: Date;
    baseline: boolean;
    resolution: string | null;
  }>(`select f.*, ${LAST_SEEN_AT} as last_seen_at from salvor.findings f where f.scope = $1`, [scope]);
  const seconds = (date: Date) => (date.getTime() - EPOCH) / 1000;
  return rows.map((row) => ({
    code: row.code,
    subject: row.subject,
    violation: row.violation,
    firstSeen: seconds(row.first_seen_at),
    lastSeen: seconds(row.last_seen_at),
    baseline: row.baseline,
    resolution: row.resolution,
  }));
}

export const sorted = (rows: readonly ModelRow[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
/** Any sequence of runs and accepted baselines leaves in the database what the model says. */
export async function findingsFollowTheModel(registry: Registry, numRuns: number): Promise<void> {
  const subject = fc.constantFrom('a/1', 'a/2', 'ab/1', 'b/1', 'b/x/1', 'c/1');
  const input: fc.Arbitrary<ModelRun> = fc.record({
    staged: fc.array(
      fc.record({
        code: fc.constantFrom('listing.missing', 'listing.too_small', 'listing.pending'),
        subject,
        severity: fc.constantFrom('info' as const, 'warning' as const, 'error' as const),
        violation: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
    resolutions: fc.array(
      fc.record({ subject, resolution: fc.constantFrom<Resolution>('listing_written', 'exempted') }),
      { maxLength: 4 },
    ),
    covered: fc.array(subject, { maxLength: 3 }),
    prefixes: fc.oneof(
      { weight: 2, arbitrary: fc.constant<string[]>(['']) },
      { weight: 3, arbitrary: fc.subarray<string>(['a/', 'ab/', 'b/', 'b/x/', 'c/']) },
    ),
  });
  const step = fc.oneof({ weight: 4, arbitrary: input }, { weight: 1, arbitrary: fc.nat({ max: 8 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const scope = `model-${randomUUID()}`;
      const model = new FindingsModel();
      const ids: { id: string; time: number }[] = [];
      for (const [index, action] of steps.entries()) {
        const time = index + 1;
        if (typeof action === 'number') {
          const chosen = ids[action % Math.max(1, ids.length)];
          if (chosen === undefined) continue;
          const answer = await registry.baselines.accept(chosen.id);
          expect(answer).toEqual({ scope, ...model.accept(chosen.time) });
        } else {
          const { id, resolved } = await wholeRun(registry, scope, action, time);
          expect(resolved).toEqual(model.resolved(action, PARTS));
          model.settle(action, time);
          ids.push({ id, time });
        }
        expect(sorted(await storedRows(registry, scope))).toEqual(sorted(model.rows));
      }
    }),
    { numRuns },
  );
}
