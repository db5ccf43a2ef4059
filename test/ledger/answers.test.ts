import { afterEach, beforeEach, expect, it } from 'vitest';
import { answerScenarios } from './scenarios/answers.js';
import { LedgerWorld } from './world.js';

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.create();
});
afterEach(() => world.close());

it.each(Object.entries(answerScenarios))('%s is reported by the command itself', async (code, scenario) => {
  await scenario.arrange(world);
  const command = await scenario.run(world);
  const refused = await world.run(command);
  expect(refused.code, refused.stdout).toBe(scenario.exitCode);
  const told = errorsOf(refused);
  expect(told).toMatchObject([{ code, subject: scenario.subject(world) }]);
  expect(await world.text(command)).toContain(scenario.subject(world));
  await scenario.fixes(world);
  const fixed = await world.run(await (scenario.again ?? scenario.run)(world));
  expect(errorsOf(fixed).filter((one) => one.code === code)).toEqual([]);
  expect(fixed.code).toBe(0);
});

/** Without warnings: `doctor` warns of programs that are not installed here. */
function errorsOf({ json }: { json: { findings: { code: string; severity: string }[] } }) {
  return json.findings.filter(({ severity }) => severity === 'error');
}
