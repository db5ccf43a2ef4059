import { describe, expect, it } from 'vitest';
import { demoPlan } from '../../src/demo/plan.js';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

describe.each(HOURS)('the plan of a demo that is started at %i:30 UTC', (hour) => {
  const plan = demoPlan(new Date(Date.UTC(2026, 2, 3, hour, 30)));

  it('gives every archive a name of its own', () => {
    const keys = plan.archives.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(58);
  });

  it('plants the same faults', () => {
    const judged = plan.archives.filter(({ key }) => (/\d{4}-\d\d-\d\d/.exec(key)?.[0] ?? '') >= plan.since);
    const faulty = judged.filter(({ listing, key }) => listing !== 'good' && !plan.allowlist.includes(key));
    const told = faulty.map(({ key, listing }) => `${key.replace(/-\d.*/, '')} ${listing}`);
    expect(told.sort()).toEqual([
      'backups/atlas/database none',
      'backups/atlas/home empty',
      'backups/atlas/home none',
      'backups/borealis/artifacts stale',
      'backups/borealis/home none',
    ]);
    expect(judged).toHaveLength(46);
  });
});
