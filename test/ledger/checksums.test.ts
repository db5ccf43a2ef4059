import { renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerWorld } from './world.js';

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.create();
});
afterEach(() => world.close());

/** Files a to e, hashed by a backfill. */
async function hashed(): Promise<void> {
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    world.file(id, `content of ${id}`);
    await world.row(id, id, {}, id < 'c' ? 'dataset' : 'model');
  }
  expect((await world.run('checksums backfill')).code).toBe(0);
}

describe('a run that died', () => {
  /** As a process that was killed leaves its run. */
  async function kill(): Promise<void> {
    await world.db.query(
      `update salvor.runs set status = 'running', exit_code = null, finished_at = null, summary = null,
         heartbeat_at = heartbeat_at - interval '1 hour'
       where id = (select id from salvor.runs order by started_at desc limit 1)`,
    );
    await world.run('watchdog');
  }

  it.each([
    ['a whole backup', ''],
    ['a part of a backup', 'h1/'],
  ])('on a url that nobody configured (%s) is over when a run on it comes to its end', async (_, part) => {
    world.put('store/h1/a.tar', 'an archive');
    world.put('store/h1/a.tar.list.txt', 'a\n');
    const url = `file://${world.base}/store/${part}`;
    if (part !== '') world.configure({ backups: [{ url: `file://${world.base}/store/` }] });
    expect((await world.run('listings verify', url, '--partition-depth', '0')).code).toBe(0);
    await kill();
    expect(await world.red()).toEqual({ 'run.died': 1 });
    expect((await world.run('listings verify', `file://${world.base}/store/h2/`)).code).not.toBe(0);
    expect(await world.red()).toMatchObject({ 'run.died': 1 });
    expect((await world.run('listings verify', url, '--partition-depth', '0')).code).toBe(0);
    expect((await world.open()).filter((one) => one.startsWith('run.died'))).toEqual([]);
    await kill();
    expect((await world.run('listings verify', url)).code).toBe(0);
    expect((await world.open()).filter((one) => one.startsWith('run.died'))).toEqual([]);
  });
});

describe('the ledger of checksums', () => {
  it('keeps a lost file open until a run finds it again, and names it everywhere', async () => {
    await hashed();
    unlinkSync(join(world.base, 'root/b'));
    const first = await world.run('checksums verify');
    expect(first.code).toBe(1);
    expect(await world.ledger()).toEqual([
      { job: 'checksums verify', code: 'file.lost', subject: 'b', severity: 'error', resolution: null },
    ]);
    expect(await world.red()).toEqual({ 'file.lost': 1 });
    expect(await world.text('status')).toMatch(/1 open error[\s\S]*file\.lost[\s\S]*checksums verify/);
    expect(await world.text('watchdog')).toMatch(
      /checksums verify on .*: run \S+ ended with status findings .*: 1 file\.lost since 20\S+ \(b\); see: salvor runs show /,
    );
    const shown = await world.run(`runs show ${first.json.run_id}`);
    expect(shown.json.summary.findings).toMatchObject([
      { code: 'file.lost', subject: 'b', new: true, open: true, severity: 'error' },
    ]);
    expect(
      (await world.run(`runs show ${first.json.run_id} --code file.pointer`)).json.summary.findings,
    ).toEqual([]);

    world.file('b', 'content of b');
    expect((await world.run('checksums verify')).code).toBe(0);
    expect(await world.ledger()).toMatchObject([{ code: 'file.lost', resolution: 'checked' }]);
    expect(await world.red()).toEqual({});
  });

  it('a run on one type, or with nothing to do, resolves only what it checked', async () => {
    await hashed();
    for (const id of ['a', 'd']) renameSync(join(world.base, 'root', id), join(world.base, id));
    await world.run('checksums verify');
    expect(await world.open()).toEqual(['file.lost a', 'file.lost d']);
    for (const id of ['a', 'd']) renameSync(join(world.base, id), join(world.base, 'root', id));
    expect((await world.run('checksums backfill')).code).toBe(0);
    expect(await world.open()).toEqual(['file.lost a', 'file.lost d']);
    expect((await world.run('checksums verify', '--type', 'model')).code).toBe(0);
    expect(await world.open()).toEqual(['file.lost a']);
    expect(await world.red()).toEqual({ 'file.lost': 1 });
    await world.run('checksums verify');
    expect(await world.open()).toEqual([]);
  });

  it('a backfill without --stat does not resolve what one with --stat found', async () => {
    await hashed();
    unlinkSync(join(world.base, 'root/c'));
    expect((await world.run('checksums backfill', '--stat')).code).toBe(1);
    expect((await world.run('checksums backfill')).code).toBe(0);
    expect(await world.open()).toEqual(['file.lost c']);
    world.file('c', 'content of c');
    expect((await world.run('checksums backfill', '--stat')).code).toBe(0);
    expect(await world.open()).toEqual([]);
  });

  it('findings about a row that was deleted, or that another run has read since, are resolved', async () => {
    world.file('keep', 'so that the root is not empty');
    await world.row('x', 'x');
    await world.row('y', 'y');
    expect((await world.run('checksums backfill')).code).toBe(0);
    expect(await world.open()).toEqual(['file.missing x', 'file.missing y']);
    await world.db.query("delete from artifacts where id = 'x'");
    world.file('y', 'found');
    await world.run('checksums backfill');
    expect((await world.ledger()).map(({ resolution }) => resolution)).toEqual(['checked', 'checked']);
  });

  it('open drift is red until it is decided', async () => {
    await hashed();
    world.file('a', 'another content');
    const { json } = await world.run('checksums verify');
    expect(await world.red()).toEqual({ 'drift.detected': 1 });
    expect((await world.run(`runs show ${json.run_id}`)).json.summary.findings).toMatchObject([
      { code: 'drift.detected', subject: 'a', open: true },
    ]);
    const { json: listed } = await world.run('drift list');
    await world.run(`drift accept ${listed.summary.drift[0].id}`);
    expect(await world.red()).toEqual({});
  });

  it('a run that could not run says why and is red until the next good run', async () => {
    await hashed();
    renameSync(join(world.base, 'root'), join(world.base, 'away'));
    const { code, json } = await world.run('checksums verify');
    expect(code).toBe(3);
    expect(await world.red()).toEqual({ 'root.unavailable': 1 });
    expect((await world.run(`runs show ${json.run_id}`)).json.summary.run.failures).toMatchObject([
      { code: 'root.unavailable', message: expect.stringContaining('root'), hint: expect.any(String) },
    ]);
    expect(await world.text(`runs show ${json.run_id}`)).toContain('root.unavailable: ');
    expect(await world.text('watchdog')).toMatch(
      /checksums verify on .*\(exit code 3\).*root\.unavailable: /,
    );
    renameSync(join(world.base, 'away'), join(world.base, 'root'));
    expect((await world.run('checksums verify')).code).toBe(0);
    expect((await world.ledger()).map(({ code: known, resolution }) => [known, resolution])).toEqual([
      ['root.unavailable', 'ran'],
    ]);
  });

  it('prune deletes old runs, but not their open findings', async () => {
    await hashed();
    unlinkSync(join(world.base, 'root/b'));
    await world.run('checksums verify');
    await world.db.query(
      `update salvor.runs set started_at = started_at - interval '9 years',
         heartbeat_at = heartbeat_at - interval '9 years', finished_at = finished_at - interval '9 years'`,
    );
    await world.db.query(
      `update salvor.findings set first_seen_at = first_seen_at - interval '9 years',
         last_seen_at = last_seen_at - interval '9 years'`,
    );
    expect((await world.run('prune --older-than 400d --yes')).code).toBe(0);
    expect(await world.red()).toEqual({ 'file.lost': 1 });
    expect(await world.text('status')).toContain('file.lost');
    expect((await world.overview()).needs).toContainEqual(
      expect.objectContaining({ code: 'file.lost', severity: 'error' }),
    );
    expect((await world.run('watchdog')).code).toBe(1);
    world.file('b', 'content of b');
    expect((await world.run('checksums verify')).code).toBe(0);
    expect(await world.red()).toEqual({});
  });

  it('a dry run resolves nothing', async () => {
    await hashed();
    renameSync(join(world.base, 'root/a'), join(world.base, 'a'));
    await world.run('checksums verify');
    renameSync(join(world.base, 'a'), join(world.base, 'root/a'));
    await world.run('checksums verify', '--dry-run');
    expect(await world.open()).toEqual(['file.lost a']);
  });

  it('a scrub that ends at its limit on bytes resolves what it read, and the watchdog stays red for the rest', async () => {
    await hashed();
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      renameSync(join(world.base, 'root', id), join(world.base, id));
    world.file('keep', 'so that the root is not empty');
    await world.run('checksums verify');
    const lost = async () => (await world.open()).filter((one) => one.startsWith('file.lost'));
    expect(await lost()).toHaveLength(5);
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      renameSync(join(world.base, id), join(world.base, 'root', id));
    const { json } = await world.run('checksums verify', '--max-bytes', '13');
    expect(json).toMatchObject({ status: 'partial', exit_code: 0 });
    const left = await lost();
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(5);
    const { code, stdout } = await world.run('watchdog');
    expect(code).toBe(1);
    expect(stdout).toContain('"verdict": "still_red"');
    await world.run('checksums verify');
    expect(await lost()).toEqual([]);
    rmSync(join(world.base, 'root/keep'));
  });

  it('an undone run says so in status and in runs show', async () => {
    await hashed();
    const { json } = await world.run('runs list');
    const id = json.summary.runs[0].id as string;
    expect((await world.run(`journal undo ${id}`)).code).toBe(0);
    expect((await world.run(`runs show ${id}`)).json.summary.run.undone).toMatchObject({ changes: 5 });
    expect(await world.text('status')).toContain('5 changes undone by');
  });

  it('a run that is still going cannot be undone', async () => {
    await hashed();
    const id = (await world.run('runs list')).json.summary.runs[0].id as string;
    await world.db.query(
      "update salvor.runs set status = 'running', finished_at = null, heartbeat_at = now() where id = $1",
      [id],
    );
    const refused = await world.run(`journal undo ${id}`);
    expect(refused).toMatchObject({ code: 4, json: { error: { code: 'undo.running' } } });
    await world.db.query("update salvor.runs set heartbeat_at = now() - interval '1 hour' where id = $1", [
      id,
    ]);
    expect((await world.run(`journal undo ${id}`)).code).toBe(0);
  });
});
