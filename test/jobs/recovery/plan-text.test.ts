import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAN_VERSION, type PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { PlanSplitter } from '../../../src/jobs/recovery/plan/plan-splitter.js';
import { readPlan, writePlan } from '../../support/plan-text.js';
import { isReadableKey } from '../../support/readable-keys.js';

const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab"\\{}[],:\n\té€😀') }),
  fc.constantFrom('rows', '"rows": [', ']', '\\"', 'sha256'),
);

const hostileKey = hostile.filter(isReadableKey);

function split(text: string, width: number): { rows: string[]; head: string } {
  const rows: string[] = [];
  const splitter = new PlanSplitter(
    () => undefined,
    ({ text }) => rows.push(text),
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += width) splitter.push(bytes.subarray(at, at + width));
  return { rows, head: splitter.end() };
}

describe('a plan’s text, cut into rows while it streams', () => {
  it('returns what JSON.parse returns, at every width, whatever the strings contain', () => {
    const value = fc.record({
      a: hostile,
      rows: fc.array(
        fc.oneof(fc.dictionary(hostileKey, fc.array(hostile)), hostile, fc.integer(), fc.constant(null)),
      ),
      b: fc.dictionary(hostileKey, hostile),
    });
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(1, 2, 3, 7, 4096),
        fc.constantFrom(undefined, 2),
        (document, width, indent) => {
          const { rows, head } = split(JSON.stringify(document, undefined, indent), width);
          expect(rows.map((row) => JSON.parse(row))).toEqual(JSON.parse(JSON.stringify(document.rows)));
          expect(JSON.parse(head)).toEqual({ ...JSON.parse(JSON.stringify(document)), rows: null });
        },
      ),
    );
  });

  it('takes the rows at the top level only', () => {
    expect(split('{"x": {"rows": [1]}, "rows": [2], "y": "rows"}', 3).rows.map((row) => row.trim())).toEqual([
      '2',
    ]);
  });

  it('refuses endless brackets immediately', () => {
    expect(() => split('['.repeat(100_000), 4096)).toThrow('levels deep');
  });
});

const EMPTY: PlanDocument = {
  version: PLAN_VERSION,
  plan_id: '00000000-0000-4000-8000-000000000000',
  registry: 'r',
  created_at: '2026-11-28T00:00:00.000Z',
  types: ['dataset'],
  archives: 2,
  destination: '/d',
  destination_device: '1',
  totals: {},
  sources: [],
  rows: [],
};

describe('a plan', () => {
  it('without rows reads back', async () => {
    expect(readPlan(await writePlan(EMPTY), 'r', 1)).toEqual(EMPTY);
    expect(JSON.parse(await writePlan(EMPTY))).toMatchObject({ rows: [], version: PLAN_VERSION });
  });

  it('of another version, without rows, or not JSON is refused by name', async () => {
    const text = await writePlan(EMPTY);
    const codeOf = (edited: string): unknown => {
      try {
        return readPlan(edited, undefined);
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(codeOf(text.replace(/"version": \d+/, '"version": 999'))).toBe('plan.version');
    expect(codeOf(text.replace('"rows": []', '"rows": null'))).toBe('plan.invalid');
    expect(codeOf(text.replace('"rows": []', '"rows": [7]'))).toBe('plan.invalid');
    expect(codeOf('')).toBe('plan.invalid');
    expect(codeOf('{"rows": [')).toBe('plan.invalid');
    expect(codeOf('['.repeat(1000))).toBe('plan.invalid');
  });

  it('with two lists of rows, or with a part said again after its rows, is refused', async () => {
    const text = await writePlan(EMPTY);
    const codeWith = (more: string): unknown => {
      try {
        return readPlan(text.replace('"rows": []', `"rows": [], ${more}`), undefined);
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(codeWith('"rows": []')).toBe('plan.invalid');
    expect(codeWith('"destination": "/elsewhere"')).toBe('plan.edited');
    expect(codeWith('"types": ["model"]')).toBe('plan.edited');
  });
});
