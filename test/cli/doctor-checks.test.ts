import { describe, expect, it } from 'vitest';
import { nothingNamed, watchdogChecks } from '../../src/cli/operate/doctor/named-checks.js';

const expecting = (...jobs: string[]) =>
  watchdogChecks({ watchdog: { expect: jobs.map((job) => ({ job, within: 1 })) } });

describe('what salvor doctor says about a minimal configuration', () => {
  it('missing backups or roots are not shown as OK', () => {
    expect(nothingNamed({}).map(({ name, state }) => [name, state])).toEqual([
      ['backups', 'warning'],
      ['roots', 'warning'],
    ]);
    expect(nothingNamed({ backups: [{ url: 's3://b/' }], roots: [{ path: '/data' }] })).toEqual([]);
  });

  it('a watchdog that expects nothing is a warning', () => {
    expect(watchdogChecks({})).toMatchObject([{ state: 'warning' }]);
    expect(watchdogChecks({ watchdog: { expect: [] } })).toMatchObject([{ state: 'warning' }]);
  });

  it('a job name that no run has is reported with the name that was probably meant', () => {
    expect(expecting('listings verify', 'recovery')).toMatchObject([{ state: 'ok' }]);
    expect(expecting('recovery run', 'listing verify', 'x')).toMatchObject([
      { state: 'warning', fix: 'set watchdog.expect to recovery' },
      { state: 'warning', fix: 'set watchdog.expect to listings verify' },
      { state: 'warning', fix: expect.stringContaining('one of listings verify, ') },
    ]);
  });
});
