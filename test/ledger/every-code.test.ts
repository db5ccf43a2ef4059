import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codes } from '../../src/core/codes.js';
import { countsText } from '../../src/dashboard/metrics.js';
import { openGroups } from '../../src/registry/queries/red.js';
import { type Scenario, scenarios, withoutScenario } from './scenarios.js';
import { LedgerWorld } from './world.js';

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.create();
});
afterEach(() => world.close());

const errorCodes = Object.entries(codes)
  .filter(([, { kind }]) => kind === 'error')
  .map(([code]) => code);

describe('every error code', () => {
  it('has a scenario, or the reason why it has none', () => {
    const known = [...Object.keys(scenarios), ...Object.keys(withoutScenario)];
    expect(
      errorCodes.filter((code) => !known.includes(code)),
      'without scenario or reason',
    ).toEqual([]);
    expect(
      known.filter((code) => !errorCodes.includes(code)),
      'no error code',
    ).toEqual([]);
    expect(known.length, 'in both tables').toBe(new Set(known).size);
  });

  it.each(Object.entries(scenarios))(
    '%s is red wherever somebody looks, until it is fixed',
    async (code, scenario) => {
      await scenario.arrange(world);
      expect(await run(scenario)).toMatchObject({ code: 0 });
      expect(await redOf(code)).toEqual([]);

      await scenario.breaks(world);
      const broken = await run(scenario);
      expect(broken.code, broken.stdout).toBe(scenario.exitCode);
      const subject = scenario.subject(world);
      expect(await redOf(code)).toMatchObject([{ job: scenario.job, count: 1, sample: { subject } }]);

      expect(await world.red()).toMatchObject({ [code]: 1 });
      expect(await world.text('watchdog')).toContain(`${code} since `);
      expect(await metrics()).toMatch(
        new RegExp(`^salvor_findings_open\\{.*code="${code.replace('.', '\\.')}".*\\} 1$`, 'm'),
      );
      expect(await metrics()).toMatch(/^salvor_red [1-9]/m);
      const shown = await world.run(`runs show ${broken.json.run_id} --code ${code}`);
      expect(shown.json.summary.findings).toMatchObject([{ code, subject, open: true }]);

      await scenario.fixes(world);
      expect((await run(scenario)).code).toBe(0);
      expect(await redOf(code)).toEqual([]);
    },
    60_000,
  );
});

function run(scenario: Scenario) {
  const target = scenario.job === 'listings build' ? [`file://${world.base}/store/`] : [];
  return world.run(scenario.run, ...target);
}

async function redOf(code: string) {
  return (await openGroups(world.db)).filter((group) => group.code === code);
}

async function metrics(): Promise<string> {
  const open = await openGroups(world.db);
  const census = { state: 'counting', since: '' } as const;
  return countsText({ census, drift: {}, reviewWaiting: 0, open, watch: null });
}
