import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashed } from './scenarios/places.js';
import { JOB, verdictScenarios } from './scenarios/verdicts.js';
import { LedgerWorld } from './world.js';

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.create();
  world.expects(JOB);
  await hashed(world);
  await world.run(JOB);
});
afterEach(() => world.close());

/** What each place says of the job; the watchdog closes dead runs, so it is asked last. */
async function said() {
  const { json } = await world.run('status');
  const { expectations, needs } = await world.overview();
  const metrics = await world.metrics();
  const watchdog = await world.run('watchdog');
  return {
    status: json.summary.watchdog.not_as_expected.map((one: { code: string }) => one.code),
    overview: expectations?.red,
    needs: needs.filter(({ severity }) => severity === 'error').length > 0,
    metrics: Number(/^salvor_watchdog_red (\d+)$/m.exec(metrics)?.[1]),
    watchdog: watchdog.json.findings.map((one: { code: string }) => one.code),
    exitCode: watchdog.code,
  };
}

const green = { status: [], overview: 0, needs: false, metrics: 0, watchdog: [], exitCode: 0 };

describe('every verdict of the watchdog', () => {
  it.each(Object.entries(verdictScenarios))(
    '%s is red wherever somebody looks, until it is fixed',
    async (code, scenario) => {
      expect(await said()).toEqual(green);
      await scenario.breaks(world);
      const text = await world.text('status');
      expect(text).toContain('1 job in watchdog.expect is overdue or failing');
      expect(text.split('overdue or failing')[1]).toContain(JOB);
      expect(await said()).toEqual({
        status: [code],
        overview: 1,
        needs: true,
        metrics: 1,
        watchdog: [code],
        exitCode: 1,
      });
      await scenario.fixes(world);
      expect(await said()).toEqual(green);
    },
  );
});
