import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActiveRun, Resolution, StagedFinding } from '../../../src/registry/port.js';
import { openRegistry, type Registry } from '../../../src/registry/registry.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import { FindingsModel, type ModelRow, type ModelRun } from './findings-model.js';
import { runEnd, runStart } from './support.js';

let fresh: FreshDatabase;
let registry: Registry;

beforeAll(async () => {
  fresh = await freshDatabase();
  registry = await openRegistry(fresh.url);
});

afterAll(async () => {
  await registry.close();
  await fresh.drop();
});

const EPOCH = Date.UTC(2026, 0, 1);
const at = (time: number) => new Date(EPOCH + time * 1000);

async function stageAll(run: ActiveRun, input: ModelRun): Promise<void> {
  await run.findings.stage(input.staged);
  for (const { subject, resolution } of input.resolutions) {
    await run.findings.stageResolution([subject], resolution);
  }
}

/** One whole run; gives back what it said before it settled. */
async function wholeRun(scope: string, input: ModelRun, time: number) {
  const run = await registry.runs.begin(runStart({ scope, startedAt: at(time) }));
  await stageAll(run, input);
  const comparison = await run.findings.compare(input.prefixes);
  await run.finish(runEnd({ finishedAt: at(time), settle: { completePrefixes: input.prefixes } }));
  return { id: run.id, comparison };
}

async function storedRows(scope: string): Promise<ModelRow[]> {
  const { rows } = await registry.database.query<{
    code: string;
    subject: string;
    violation: boolean;
    first_seen_at: Date;
    last_seen_at: Date;
    baseline: boolean;
    resolution: string | null;
  }>('select * from salvor.findings where scope = $1', [scope]);
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

const sorted = (rows: readonly ModelRow[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
const violation = (subject: string, code = 'listing.missing'): StagedFinding => ({
  code,
  subject,
  severity: 'error',
  violation: true,
});
const seen = (...staged: StagedFinding[]): ModelRun => ({ staged, resolutions: [], prefixes: [''] });

describe('findings', () => {
  it('are what the model says after any sequence of runs and baselines', async () => {
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
            const { id, comparison } = await wholeRun(scope, action, time);
            expect(comparison).toEqual(model.compare(action));
            model.settle(action, time);
            ids.push({ id, time });
          }
          expect(sorted(await storedRows(scope))).toEqual(sorted(model.rows));
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('that come back are new, with a new first sighting and outside of the baseline', async () => {
    const scope = 'back';
    const first = await wholeRun(scope, seen(violation('x')), 1);
    await registry.baselines.accept(first.id);
    await wholeRun(scope, { ...seen(), resolutions: [{ subject: 'x', resolution: 'listing_written' }] }, 2);
    const third = await wholeRun(scope, seen(violation('x')), 3);
    expect(third.comparison).toEqual({ new: 1, still: 0, resolved: 0, beyondBaseline: 1 });
    expect(sorted(await storedRows(scope))).toEqual(
      sorted([
        {
          code: 'listing.missing',
          subject: 'x',
          violation: true,
          firstSeen: 1,
          lastSeen: 1,
          baseline: true,
          resolution: 'listing_written',
        },
        {
          code: 'listing.missing',
          subject: 'x',
          violation: true,
          firstSeen: 3,
          lastSeen: 3,
          baseline: false,
          resolution: null,
        },
      ]),
    );
  });

  it('change nothing before the run ends, and nothing at all when it dies', async () => {
    const scope = 'dies';
    await wholeRun(scope, seen(violation('kept')), 1);
    const before = await storedRows(scope);
    const run = await registry.runs.begin(runStart({ scope }));
    await stageAll(run, {
      ...seen(violation('other')),
      resolutions: [{ subject: 'kept', resolution: 'exempted' }],
    });
    expect(await run.findings.compare([''])).toEqual({ new: 1, still: 0, resolved: 1, beyondBaseline: 1 });
    expect(await run.findings.compare(['elsewhere'])).toMatchObject({ new: 1, resolved: 0 });
    expect(await storedRows(scope)).toEqual(before);
    await run.abandon();
    expect(await storedRows(scope)).toEqual(before);
  });

  it('are left alone by a run that does not settle', async () => {
    const scope = 'no-settle';
    await wholeRun(scope, seen(violation('kept')), 1);
    const before = await storedRows(scope);
    const run = await registry.runs.begin(runStart({ scope }));
    await run.findings.stage([violation('other')]);
    await run.finish(runEnd({ status: 'incomplete', exitCode: 3 }));
    expect(await storedRows(scope)).toEqual(before);
  });

  it('of another job on the same scope are left alone', async () => {
    const scope = 'two-jobs';
    await wholeRun(scope, seen(violation('x')), 1);
    const other = await registry.runs.begin(runStart({ scope, job: 'checksums backfill' }));
    expect(await other.findings.openCount()).toBe(0);
    await other.finish(runEnd({ settle: { completePrefixes: [''] } }));
    expect((await storedRows(scope)).map((row) => row.resolution)).toEqual([null]);
  });

  it('can be asked for by subject, however odd or long', async () => {
    const scope = 'odd';
    const subjects = ['a\0b', 'a␛0b', '\ud800', '😀', 'ü', `long/${'x'.repeat(5000)}`, "quote'\\"];
    await wholeRun(scope, seen(...subjects.map((subject) => violation(subject))), 1);
    const run = await registry.runs.begin(runStart({ scope }));
    expect(await run.findings.openCount()).toBe(subjects.length);
    const open = await run.findings.open([...subjects, 'never seen']);
    expect(open.map((finding) => finding.subject).sort()).toEqual([...subjects].sort());
    expect(open[0]).toMatchObject({ code: 'listing.missing', firstSeenAt: at(1), baseline: false });
    await run.findings.stage(subjects.map((subject) => violation(subject)));
    expect(await run.findings.compare(['a\0', '😀'])).toEqual({
      new: 0,
      still: 7,
      resolved: 0,
      beyondBaseline: 7,
    });
    await run.abandon();
  });

  it('may be many: more than one batch of them, settled and resolved', async () => {
    const scope = 'many';
    const many = Array.from({ length: 9000 }, (_, index) => violation(`p${index % 50}/${index}`));
    expect((await wholeRun(scope, seen(...many), 1)).comparison).toMatchObject({ new: 9000, still: 0 });
    const half = many.filter((_, index) => index % 2 === 0);
    const prefixes = Array.from({ length: 50 }, (_, index) => `p${index}/`);
    const second = await wholeRun(scope, { ...seen(...half), prefixes }, 2);
    expect(second.comparison).toEqual({ new: 0, still: 4500, resolved: 4500, beyondBaseline: 4500 });
    expect((await registry.baselines.show(scope))[0]).toMatchObject({ open: 4500, baseline: 0 });
  });
});

describe('a baseline', () => {
  it('covers what was accepted, shrinks with it, and is replaced by the next', async () => {
    const scope = 'baseline';
    const first = await wholeRun(scope, seen(violation('a'), violation('b')), 1);
    expect(await registry.baselines.show(scope)).toEqual([{ scope, open: 2, baseline: 0, runId: null }]);
    expect(await registry.baselines.accept(first.id)).toEqual({ scope, accepted: 2, dropped: 0 });
    const second = await wholeRun(scope, seen(violation('b', 'listing.too_small'), violation('c')), 2);
    expect(second.comparison).toEqual({ new: 1, still: 1, resolved: 1, beyondBaseline: 1 });
    expect(await registry.baselines.show(scope)).toEqual([{ scope, open: 2, baseline: 1, runId: first.id }]);
    expect(await registry.baselines.accept(second.id)).toEqual({ scope, accepted: 2, dropped: 0 });
    expect(await registry.baselines.accept(first.id)).toEqual({ scope, accepted: 1, dropped: 1 });
    expect((await registry.baselines.show()).find((row) => row.scope === scope)).toEqual({
      scope,
      open: 2,
      baseline: 1,
      runId: first.id,
    });
  });

  it('is refused of a run that is unknown or did not see everything', async () => {
    await expect(registry.baselines.accept(randomUUID())).rejects.toMatchObject({
      code: 'run.unknown',
      exitCode: 2,
    });
    await expect(registry.baselines.accept('nonsense')).rejects.toMatchObject({ code: 'run.unknown' });
    for (const status of ['partial', 'incomplete', 'interrupted'] as const) {
      const run = await registry.runs.begin(runStart({ scope: `refused-${status}` }));
      await run.finish(runEnd({ status }));
      await expect(registry.baselines.accept(run.id)).rejects.toMatchObject({
        code: 'baseline.not_complete',
      });
    }
  });
});
