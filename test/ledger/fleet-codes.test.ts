import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkerProcess } from '../support/worker-process.js';
import { expectGreen, expectRed } from './scenario.js';
import { hashed } from './scenarios/places.js';
import { LedgerWorld } from './world.js';

const JOB = 'checksums backfill';

let world: LedgerWorld;
let worker: WorkerProcess;
beforeEach(async () => {
  world = await LedgerWorld.create();
  world.expects(JOB);
  await hashed(world);
  await world.run('init --queue');
  worker = await WorkerProcess.start(`${world.base}/salvor.yaml`);
});
afterEach(async () => {
  await worker.end();
  await world.close();
});

it('work.dead_letter is red wherever somebody looks, until another run did the work', async () => {
  expect((await world.run(`${JOB} --distribute`)).code).toBe(0);
  await expectGreen(world, 'work.dead_letter');

  world.file('c', 'content of c');
  await world.row('c', 'c');
  await world.db.query(
    `create function meddle() returns trigger language plpgsql as $$
       begin raise exception 'no room' using errcode = '53100'; end $$;
     create trigger meddle before update on artifacts for each row execute function meddle()`,
  );
  const broken = await world.run(`${JOB} --distribute`);
  expect(broken.code).toBe(3);
  const [dead] = broken.json.findings.filter(({ code }: { code: string }) => code === 'work.dead_letter');
  await expectRed(world, {
    code: 'work.dead_letter',
    job: JOB,
    subject: dead.subject,
    runId: broken.json.run_id,
  });

  await world.db.query('drop trigger meddle on artifacts');
  expect((await world.run(`${JOB} --distribute`)).code).toBe(0);
  await expectGreen(world, 'work.dead_letter');
});
