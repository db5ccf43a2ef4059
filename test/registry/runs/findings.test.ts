import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StagedFinding } from '../../../src/registry/port.js';
import { openRegistry, type Registry } from '../../../src/registry/registry.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import type { ModelRun } from './findings-model.js';
import { at, findingsFollowTheModel, sorted, stageAll, storedRows, wholeRun } from './findings-property.js';
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

const violation = (subject: string, code = 'listing.missing'): StagedFinding => ({
  code,
  subject,
  severity: 'error',
  violation: true,
});
const note = (subject: string, code = 'listing.pending'): StagedFinding => ({
  code,
  subject,
  severity: 'info',
  violation: false,
});
const seen = (...staged: StagedFinding[]): ModelRun => ({
  staged,
  resolutions: [],
  prefixes: [''],
  covered: [],
});

describe('findings', () => {
  it('are what the model says after any sequence of runs and baselines', async () => {
    await findingsFollowTheModel(registry, 60);
  });

  it('of a checked subject count as seen before several complete prefixes are done', async () => {
    const scope = 'before-all-prefixes';
    await wholeRun(registry, scope, seen(violation('b/1')), 1);
    const again = { ...seen(violation('b/1')), covered: ['b/1'], prefixes: ['b/x/', 'c/'] };
    await wholeRun(registry, scope, again, 2);
    expect(await storedRows(registry, scope)).toMatchObject([
      { firstSeen: 1, lastSeen: 2, resolution: null },
    ]);
  });

  it('that a run has neither seen nor resolved are named, spread over all of them where they are many', async () => {
    const scope = 'unseen';
    const run = await registry.runs.begin(runStart({ scope }));
    const subjects = Array.from({ length: 40 }, (_, i) => `p/${10 + i}`);
    await run.findings.stage([
      ...subjects.map((subject) => violation(subject)),
      violation('q/1'),
      violation('p/other', 'archive.backup_overdue'),
    ]);
    await run.finish(runEnd({ settle: { completePrefixes: [''] } }));
    const next = await registry.runs.begin(runStart({ scope }));
    await next.findings.stage([violation('p/10')]);
    await next.findings.stageResolution(['p/11'], 'listing_written');
    const unseen = (prefixes: string[], limit: number) =>
      next.findings.unseen(prefixes, ['listing.missing'], limit);
    expect(await unseen(['p/'], 100)).toEqual(subjects.slice(2));
    expect(await unseen([''], 100)).toEqual([...subjects.slice(2), 'q/1']);
    expect(await unseen(['p/2', 'q/'], 100)).toEqual([...subjects.slice(10, 20), 'q/1']);
    const some = await unseen(['p/'], 10);
    expect(some.length).toBeGreaterThan(5);
    expect(some.length).toBeLessThanOrEqual(11);
    expect(some.at(-1)).toBe('p/49');
    await next.abandon();
  });

  it('that return are new, with a new first-seen time and outside the baseline', async () => {
    const scope = 'back';
    const first = await wholeRun(registry, scope, seen(violation('x')), 1);
    await registry.baselines.accept(first.id);
    await wholeRun(
      registry,
      scope,
      { ...seen(), resolutions: [{ subject: 'x', resolution: 'listing_written' }] },
      2,
    );
    const third = await wholeRun(registry, scope, seen(violation('x')), 3);
    expect(third.resolved.total).toBe(0);
    expect(sorted(await storedRows(registry, scope))).toEqual(
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

  it('that replace several keep their earliest first-seen time and their baseline', async () => {
    const scope = 'takes-over';
    const first = await wholeRun(registry, scope, seen(violation('x', 'a')), 1);
    await registry.baselines.accept(first.id);
    await wholeRun(registry, scope, seen(violation('x', 'a'), violation('x', 'b')), 2);
    const third = await wholeRun(registry, scope, seen(violation('x', 'c'), note('x', 'd')), 3);
    expect(third.resolved.total).toBe(0);
    const rows = new Map((await storedRows(registry, scope)).map((row) => [row.code, row]));
    expect(rows.get('a')).toMatchObject({ resolution: 'superseded' });
    expect(rows.get('b')).toMatchObject({ resolution: 'superseded', firstSeen: 2 });
    expect(rows.get('c')).toMatchObject({ firstSeen: 1, baseline: true, resolution: null });
    expect(rows.get('d')).toMatchObject({ firstSeen: 3, baseline: false, resolution: null });
  });

  it.each([
    { before: violation('x'), now: [violation('x', 'b')], named: true, ends: 'superseded' },
    { before: violation('x'), now: [note('x', 'b')], named: true, ends: 'listing_written' },
    { before: violation('x'), now: [note('x', 'b')], named: false, ends: 'superseded' },
    { before: violation('x'), now: [], named: true, ends: 'listing_written' },
    { before: violation('x'), now: [], named: false, ends: 'archive_gone' },
    { before: note('x'), now: [violation('x', 'b')], named: true, ends: 'listing_written' },
    { before: note('x'), now: [violation('x', 'b')], named: false, ends: 'superseded' },
    { before: note('x'), now: [], named: false, ends: 'archive_gone' },
  ])('end in the way that says most: $ends', async ({ before, now, named, ends }) => {
    const scope = `ends-${randomUUID()}`;
    await wholeRun(registry, scope, seen(before), 1);
    const resolutions = named ? [{ subject: 'x', resolution: 'listing_written' as const }] : [];
    await wholeRun(registry, scope, { ...seen(...now), resolutions }, 2);
    const row = (await storedRows(registry, scope)).find((stored) => stored.code === before.code);
    expect(row?.resolution).toBe(ends);
  });

  it('change nothing before the run ends, and nothing at all if it dies', async () => {
    const scope = 'dies';
    await wholeRun(registry, scope, seen(violation('kept')), 1);
    const before = await storedRows(registry, scope);
    const run = await registry.runs.begin(runStart({ scope }));
    await stageAll(run, {
      ...seen(violation('other')),
      resolutions: [{ subject: 'kept', resolution: 'exempted' }],
    });
    expect(await run.findings.resolved([''], ['kept'])).toEqual({ total: 1, byPart: new Map([['kept', 1]]) });
    expect(await run.findings.resolved(['elsewhere'], [])).toMatchObject({ total: 0 });
    expect(await storedRows(registry, scope)).toEqual(before);
    await run.abandon();
    expect(await storedRows(registry, scope)).toEqual(before);
  });

  it('are not changed by a run that does not settle', async () => {
    const scope = 'no-settle';
    await wholeRun(registry, scope, seen(violation('kept')), 1);
    const before = await storedRows(registry, scope);
    const run = await registry.runs.begin(runStart({ scope }));
    await run.findings.stage([violation('other')]);
    await run.finish(runEnd({ status: 'incomplete', exitCode: 3 }));
    expect(await storedRows(registry, scope)).toEqual(before);
  });

  it('of another job on the same scope are not changed', async () => {
    const scope = 'two-jobs';
    await wholeRun(registry, scope, seen(violation('x')), 1);
    const other = await registry.runs.begin(runStart({ scope, job: 'checksums backfill' }));
    expect(await other.findings.openCount()).toBe(0);
    await other.finish(runEnd({ settle: { completePrefixes: [''] } }));
    expect((await storedRows(registry, scope)).map((row) => row.resolution)).toEqual([null]);
  });

  it('can be queried by subject, however odd or long', async () => {
    const scope = 'odd';
    const subjects = ['a\0b', 'a␛0b', '\ud800', '😀', 'ü', `long/${'x'.repeat(5000)}`, "quote'\\"];
    await wholeRun(registry, scope, seen(...subjects.map((subject) => violation(subject))), 1);
    const run = await registry.runs.begin(runStart({ scope }));
    expect(await run.findings.openCount()).toBe(subjects.length);
    const open = await run.findings.open([...subjects, 'never seen']);
    expect(open.map((finding) => finding.subject).sort()).toEqual([...subjects].sort());
    expect(open[0]).toMatchObject({ code: 'listing.missing', firstSeenAt: at(1), baseline: false });
    expect(await run.findings.resolved(['a\0', '😀'], ['😀'])).toEqual({
      total: 2,
      byPart: new Map([['😀', 1]]),
    });
    await run.abandon();
  });

  it('may be many: more than one batch of them, settled and resolved', async () => {
    const scope = 'many';
    const many = Array.from({ length: 9000 }, (_, index) => violation(`p${index % 50}/${index}`));
    await wholeRun(registry, scope, seen(...many), 1);
    const half = many.filter((_, index) => index % 2 === 0);
    const prefixes = Array.from({ length: 50 }, (_, index) => `p${index}/`);
    const second = await wholeRun(registry, scope, { ...seen(...half), prefixes }, 2);
    expect(second.resolved.total).toBe(4500);
    expect((await registry.baselines.show(scope))[0]).toMatchObject({ open: 4500, baseline: 0 });
  });
});

describe('a baseline', () => {
  it('covers what was accepted, shrinks with it, and is replaced by the next one', async () => {
    const scope = 'baseline';
    const first = await wholeRun(registry, scope, seen(violation('a'), violation('b')), 1);
    expect(await registry.baselines.show(scope)).toEqual([{ scope, open: 2, baseline: 0, runId: null }]);
    expect(await registry.baselines.accept(first.id)).toEqual({ scope, accepted: 2, dropped: 0 });
    const second = await wholeRun(
      registry,
      scope,
      seen(violation('b', 'listing.too_small'), violation('c')),
      2,
    );
    expect(second.resolved.total).toBe(1);
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

  it('is refused for a run that is unknown or did not cover everything', async () => {
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
