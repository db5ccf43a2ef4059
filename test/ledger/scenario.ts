import { expect, it } from 'vitest';
import { openGroups } from '../../src/registry/queries/red.js';
import { LedgerWorld } from './world.js';

/** How an error code is brought about by a real run, and how its cause is removed again. */
export interface Scenario {
  /** The command; its last run ended green before `breaks`. */
  run: string;
  /** The commands after `breaks`, where that is another; and after `fixes`. */
  thenRun?: string;
  fixedBy?: string;
  /** The url that all three commands take. */
  on?(world: LedgerWorld): string;
  exitCode: 1 | 3;
  /** The job's name in `salvor.runs`. */
  job: string;
  /** `scope` is the run's. */
  subject(world: LedgerWorld, scope: string): string;
  /** Everything in order. */
  arrange(world: LedgerWorld): Promise<void>;
  breaks(world: LedgerWorld): Promise<void> | void;
  fixes(world: LedgerWorld): Promise<void> | void;
}

export type Scenarios = Readonly<Record<string, Scenario>>;
export type Steps = Pick<Scenario, 'breaks' | 'fixes'> & Partial<Scenario>;

/** Of another job, and open all the time: no run of the scenario's job may end it, and it must not hide anything. */
const DECOYS = {
  'listing.missing': {
    code: 'listing.missing',
    plant: async (world: LedgerWorld) => {
      world.put('decoy/h/a.tar', 'an archive');
      await world.run('listings verify --grace 0s', `file://${world.base}/decoy/`);
    },
  },
  'file.outside_root': {
    code: 'file.outside_root',
    plant: async (world: LedgerWorld) => {
      world.file('keep', '');
      await world.row('decoy', '../decoy', {}, 'other');
      await world.run('checksums backfill');
      await world.db.query("delete from artifacts where id = 'decoy'");
    },
  },
};

/**
 * One test for each code: red wherever somebody looks once a run has found it, with its subject; green again, it and
 * nothing else, when its cause was removed and the command was run again.
 */
export function redUntilFixed(scenarios: Scenarios): void {
  it.each(Object.entries(scenarios))(
    '%s is red wherever somebody looks, until it is fixed',
    async (code, scenario) => {
      const world = await LedgerWorld.create();
      try {
        await walk(world, code, scenario);
      } finally {
        await world.close();
      }
    },
  );
}

async function walk(world: LedgerWorld, code: string, scenario: Scenario): Promise<void> {
  const { job, run, thenRun = run, fixedBy = thenRun } = scenario;
  const on = scenario.on === undefined ? [] : [scenario.on(world)];
  world.expects(job);
  const isOfFiles = job.startsWith('checksums') || job.startsWith('recovery');
  const decoy = DECOYS[isOfFiles ? 'listing.missing' : 'file.outside_root'];
  await decoy.plant(world);
  await scenario.arrange(world);
  const first = await world.run(run, ...on);
  expect(first.code, first.stdout).toBe(0);
  await expectGreen(world, code);

  await scenario.breaks(world);
  const broken = await world.run(thenRun, ...on);
  expect(broken.code, broken.stdout).toBe(scenario.exitCode);
  const subject = scenario.subject(world, broken.json.scope);
  await expectRed(world, { code, job, subject, runId: broken.json.run_id });
  const others = (await world.open()).filter((one) => one !== `${code} ${subject}`);
  expect(others.join()).toContain(decoy.code);

  await scenario.fixes(world);
  const fixed = await world.run(fixedBy, ...on);
  expect(fixed.code, fixed.stdout).toBe(0);
  await expectGreen(world, code);
  expect(await world.open()).toEqual(
    expect.arrayContaining(others.filter((one) => one.startsWith(decoy.code))),
  );
}

interface Found {
  code: string;
  job: string;
  subject: string;
  runId: string;
}

/** The ledger, `status`, `runs show`, the watchdog, the metrics and the dashboard's first page all say it. */
export async function expectRed(world: LedgerWorld, { code, job, subject, runId }: Found): Promise<void> {
  expect(await groupsOf(world, code)).toMatchObject([
    { job, severity: 'error', count: 1, sample: { subject } },
  ]);
  // Open drift has a table of its own, where people decide about it.
  if (code !== 'drift.detected') {
    const rows = (await world.ledger()).filter((row) => row.code === code && row.resolution === null);
    expect(rows).toEqual([{ job, code, subject, severity: 'error', resolution: null }]);
  }
  expect(await world.red()).toMatchObject({ [code]: 1 });
  expect(await world.text('status')).toMatch(new RegExp(`open errors?[\\s\\S]*${escaped(code)}`));
  await expectShown(world, { code, job, subject, runId });

  const watchdog = await world.run('watchdog');
  expect(watchdog.code).toBe(1);
  expect(watchdog.json.findings.map((one: { message: string }) => one.message).join('\n')).toContain(code);
  expect(await world.text('watchdog')).toMatch(
    new RegExp(`${escaped(code)}(: | since ).*see: salvor runs show ${runId}`),
  );

  const metrics = await world.metrics();
  expect(metrics).toMatch(
    new RegExp(
      `^salvor_findings_open\\{job="${job}",.*code="${escaped(code)}",.*baseline="false"\\} 1$`,
      'm',
    ),
  );
  expect(metrics).toMatch(/^salvor_red [1-9]/m);
  expect(metrics).toMatch(/^salvor_watchdog_red 1$/m);

  const { needs, expectations } = await world.overview();
  expect(expectations).toEqual({ expected: 1, red: 1 });
  const told = code === 'drift.detected' ? { kind: 'drift', count: 1 } : { code, subject, count: 1 };
  expect(needs).toContainEqual(expect.objectContaining({ severity: 'error', ...told }));
}

async function expectShown(world: LedgerWorld, { code, subject, runId }: Found): Promise<void> {
  const shown = await world.run(`runs show ${runId} --code ${code}`);
  expect(shown.json.summary.findings).toMatchObject([{ code, subject, open: true }]);
  expect(await world.text(`runs show ${runId}`)).toContain(subject);
}

export async function expectGreen(world: LedgerWorld, code: string): Promise<void> {
  expect(await groupsOf(world, code)).toEqual([]);
  expect(await world.red()).not.toHaveProperty([code]);
  const watchdog = await world.run('watchdog');
  expect(watchdog.code, watchdog.stdout).toBe(0);
  expect(await world.metrics()).not.toContain(`code="${code}"`);
  const { needs, expectations } = await world.overview();
  expect(expectations).toEqual({ expected: 1, red: 0 });
  expect(needs.filter((need) => need.code === code || need.kind === 'drift')).toEqual([]);
}

async function groupsOf(world: LedgerWorld, code: string) {
  return (await openGroups(world.db)).filter((group) => group.code === code);
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}
