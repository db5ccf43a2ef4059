import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

it('work.dead_letter is red everywhere until another run has done the work', async () => {
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

describe('a distributed scrub', () => {
  const scrub = (words = '') => world.run(`checksums verify --distribute${words}`);
  const lost = async () => (await world.open()).filter((one) => one.startsWith('file.lost'));
  const back = (id: string) => renameSync(join(world.base, id), join(world.base, 'root', id));
  beforeEach(async () => {
    world.expects('checksums verify');
    for (const id of ['a', 'b']) renameSync(join(world.base, 'root', id), join(world.base, id));
    world.file('keep', 'so that the root is not empty');
    expect((await scrub()).code).toBe(1);
    expect(await lost()).toEqual(['file.lost a', 'file.lost b']);
  });

  it('resolves what was fixed, and nothing else', async () => {
    back('a');
    expect((await scrub()).code).toBe(1);
    expect(await lost()).toEqual(['file.lost b']);
    expect(await world.red()).toEqual({ 'file.lost': 1 });
    back('b');
    expect((await scrub()).code).toBe(0);
    expect(await world.red()).toEqual({});
  });

  it('resolves nothing that it did not reach', async () => {
    for (const id of ['a', 'b']) back(id);
    expect((await scrub(' --max-bytes 12')).json.summary.rows_unchanged).toBe(1);
    expect(await lost()).toHaveLength(1);
    expect(await world.red()).toEqual({ 'file.lost': 1 });
  });

  it('resolves nothing of a unit that failed', async () => {
    for (const id of ['a', 'b']) back(id);
    await world.db.query(
      `create function meddle() returns trigger language plpgsql as $$
         begin raise exception 'no room' using errcode = '53100'; end $$;
       create trigger meddle before insert or update on salvor.digests for each row execute function meddle()`,
    );
    expect((await scrub()).code).toBe(3);
    expect(await lost()).toEqual(expect.arrayContaining(['file.lost a', 'file.lost b']));
    await world.db.query('drop trigger meddle on salvor.digests');
    // Enough for one file: nothing says that the other's unit could be done now.
    expect((await scrub(' --max-bytes 12')).json).toMatchObject({ status: 'partial', exit_code: 0 });
    expect(await world.red()).toMatchObject({ 'work.dead_letter': 1 });
    expect((await world.run('watchdog')).code).toBe(1);
    expect((await scrub()).code).toBe(0);
    expect(await world.red()).toEqual({});
  });
});
