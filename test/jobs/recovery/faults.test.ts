import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StopRequest } from '../../../src/core/stop.js';
import type { ApplyPorts } from '../../../src/jobs/recovery/apply/apply-options.js';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { PostgresRecoveryLedger } from '../../../src/registry/recovery/recovery-ledger.js';
import { readPlan, writePlan } from '../../support/plan-text.js';
import { csv, planRow, RecoveryWorld } from '../../support/recovery-world.js';
import { faults } from '../../support/s3.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  mkdirSync(join(world.base, 'worktrees'));
});
afterEach(() => world.close());

const KEY = 'h/artifacts-2026-04-20.tar.gz';
const noise = (bytes: number): string => {
  let state = 7;
  const next = (): number => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state;
  };
  return Array.from({ length: bytes / 10 }, () => next().toString(36).padStart(9, '0')).join('\n');
};

/** A plan with no room to read the archive: `apply` is the first to read it. */
async function planned(more: Record<string, string> = {}): Promise<PlanDocument> {
  world.archive(KEY, { 'datasets/liver.csv': csv('liver'), 'datasets/noise.csv': noise(200_000), ...more });
  await world.row({ id: 'liver', path: 'datasets/liver.csv' });
  const { plan } = await world.plan({ cacheBytes: 4 });
  expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '7-anchored' });
  return plan;
}

function stored(key = KEY): Buffer {
  const { bucket } = world;
  for (let i = 0; i < bucket.length; i += 1) {
    const object = bucket.at(i);
    if (object.key === `backups/${key}`) return (object as unknown as { content: Buffer }).content;
  }
  throw new Error('no such archive');
}

async function expectUntouched(code: string): Promise<void> {
  expect(world.findings.map((one) => one.code)).toContain(code);
  expect((await world.stored('liver')).metadata).toEqual({});
  expect(await world.content('liver')).toBeUndefined();
  const left = readdirSync(world.root, { recursive: true }).map(String);
  expect(left.filter((name) => name.includes('.part'))).toEqual([]);
}

describe('an archive that changed', () => {
  it('replaced between plan and apply: refused, by its ETag', async () => {
    const plan = await planned();
    world.archive(KEY, { 'datasets/liver.csv': csv('other') });
    expect(await world.apply(plan)).toMatchObject({ exitCode: 1, summary: { bound: 0, refused: 1 } });
    await expectUntouched('candidate.changed');
  });

  it('replaced after the plan read it: what the plan decided on is bound, from its cache', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    world.archive(KEY, { 'datasets/liver.csv': csv('other') });
    expect(await world.apply(plan)).toMatchObject({ exitCode: 0, summary: { bound: 1 } });
    expect(await world.content('liver')).toBe(csv('liver'));
    expect((await world.stored('liver')).metadata.file_recovered_from).toMatchObject({
      etag: planRow(plan, 'liver').candidates[0]?.version,
      verified_by: 'container-checksum',
    });
  });

  it('one flipped bit anywhere: never bound', async () => {
    const plan = await planned();
    const whole = stored();
    const etag = planRow(plan, 'liver').candidates[0]?.version ?? '';
    for (const at of [40, 200, whole.length >> 1, whole.length - 6]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      world.bucket.add(`backups/${KEY}`, { content: damaged, etag });
      expect((await world.apply(plan)).exitCode).toBe(1);
      await expectUntouched(world.findings.at(-1)?.code ?? '');
      expect(world.findings.at(-1)?.code).toMatch(/^(?:archive|listing)\./);
    }
  });

  it('cut off, wherever: never bound', async () => {
    const plan = await planned();
    const whole = stored();
    const etag = planRow(plan, 'liver').candidates[0]?.version ?? '';
    for (const length of [10, 1000, whole.length - 9]) {
      world.bucket.add(`backups/${KEY}`, { content: whole.subarray(0, length), etag });
      expect((await world.apply(plan)).exitCode).toBe(1);
      await expectUntouched(world.findings.at(-1)?.code ?? '');
    }
  });

  it('a connection that breaks mid-stream is resumed, and the file is correct', async () => {
    const plan = await planned();
    world.s3.fault('GetObject', faults.breakOff(50_000, 'reset', 1));
    expect(await world.apply(plan)).toMatchObject({ exitCode: 0, summary: { bound: 1 } });
    expect(await world.content('liver')).toBe(csv('liver'));
  });

  it('a listing that contradicts the archive is reported', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') });
    world.bucket.add(`backups/${KEY}.list.txt`, {
      content:
        '-rw-r--r-- a/b 99 2026-04-24 03:11 ./datasets/liver.csv\n-rw-r--r-- a/b 9 2026-04-24 03:11 ./datasets/ghost.csv\n',
    });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    await world.row({ id: 'ghost', path: 'datasets/ghost.csv' });
    const unread = (await world.plan({ cacheBytes: 4 })).plan;
    expect(await world.apply(unread)).toMatchObject({ exitCode: 1, summary: { bound: 0, refused: 2 } });
    const differing = (): string[] =>
      world.findings.flatMap(({ code, subject }) => (code === 'listing.differs' ? [subject] : [])).sort();
    expect(differing()).toEqual(['ghost', 'liver']);
    await expectUntouched('listing.differs');
    const { plan } = await world.plan();
    for (const id of ['ghost', 'liver']) {
      expect(planRow(plan, id)).toMatchObject({ status: 'rejected', destination: null });
      expect(planRow(plan, id).explanation).toContain('it is missing from its source or has changed');
    }
  });

  it('a truncated listing makes its source scoped, with a finding', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') });
    world.bucket.add(`backups/${KEY}.list.txt`, {
      content: '-rw-r--r-- a/b 99 2026-04-24 03:11 ./datasets/ki',
    });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan, exitCode } = await world.plan();
    expect(exitCode).toBe(0);
    expect(plan.sources[2]).toMatchObject({ state: 'scoped' });
    expect(planRow(plan, 'liver').status).toBe('residual');
    expect(world.findings.map((one) => one.code)).toContain('listing.truncated');
  });
});

describe('members that only an attacker makes', () => {
  it('names with `..`, absolute names and endless names are not candidates; of duplicates the last counts', async () => {
    world.archive(
      KEY,
      {},
      {
        flags: ['-z', '--transform', 's,climb,../../../datasets,', '-P'],
        prepare: (directory) => {
          mkdirSync(join(directory, 'climb'));
          writeFileSync(join(directory, 'climb/liver.csv'), csv('evil'));
        },
      },
    );
    const entry = (name: string): string => `-rw-r--r-- a/b 19 2026-04-24 03:11 ${name}\n`;
    world.bucket.add(`backups/${KEY}.list.txt`, {
      content:
        entry('../../datasets/liver.csv') +
        entry(`${'a/'.repeat(10_000)}liver.csv`) +
        entry('x/../liver.csv'),
    });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'residual', candidates: [] });
  });

  it('of two members of one name the last is taken, as tar does', async () => {
    const first = join(world.base, 'first');
    mkdirSync(join(first, 'datasets'), { recursive: true });
    const tar = (...args: string[]): Buffer =>
      execFileSync('tar', ['--mtime=2026-04-20', '-C', first, ...args]);
    writeFileSync(join(first, 'datasets/liver.csv'), csv('older'));
    tar('-cf', join(world.base, 'a.tar'), 'datasets/liver.csv');
    writeFileSync(join(first, 'datasets/liver.csv'), csv('newer one'));
    tar('-rf', join(world.base, 'a.tar'), 'datasets/liver.csv');
    world.bucket.add(`backups/${KEY}`, { content: gzipSync(readFileSync(join(world.base, 'a.tar'))) });
    world.bucket.add(`backups/${KEY}.list.txt`, { content: tar('-tvf', join(world.base, 'a.tar')) });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(await world.content('liver')).toBe(csv('newer one'));
  });

  /** A file of 5 MB that is a hole but for its beginning, as `tar -S` stores it. */
  function sparse(path: string): void {
    world.archive(
      KEY,
      {},
      {
        flags: ['-z', '-S'],
        prepare: (directory) => {
          mkdirSync(join(directory, 'datasets'));
          writeFileSync(join(directory, path), csv('liver'));
          truncateSync(join(directory, path), 5_000_000);
        },
      },
    );
  }

  it('a sparse member is bound in its expanded form, never as its stored bytes', async () => {
    sparse('datasets/liver.bin');
    await world.row({ id: 'liver', path: 'datasets/liver.bin' });
    const { plan } = await world.plan();
    expect(await world.apply(plan)).toMatchObject({ exitCode: 0, summary: { bound: 1 } });
    const content = (await world.content('liver')) ?? '';
    expect([content.length, content.startsWith(csv('liver'))]).toEqual([5_000_000, true]);
    expect(content.slice(csv('liver').length).replaceAll('\0', '')).toBe('');
  });

  it('the holes of a sparse member are part of the content that is checked', async () => {
    sparse('datasets/liver.csv');
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const unread = (await world.plan({ cacheBytes: 4 })).plan;
    expect((await world.apply(unread)).exitCode).toBe(1);
    await expectUntouched('content.check_failed');
    expect(planRow((await world.plan()).plan, 'liver').status).toBe('rejected');
  });
});

describe('destinations', () => {
  it('a link in the path is refused and nothing is written through it', async () => {
    const outside = join(world.base, 'outside');
    mkdirSync(outside);
    const plan = await planned();
    symlinkSync(outside, join(world.root, 'datasets'));
    expect((await world.apply(plan)).exitCode).toBe(1);
    expect(world.findings.map((one) => one.code)).toContain('destination.unsafe');
    expect(readdirSync(outside)).toEqual([]);
    expect((await world.stored('liver')).metadata).toEqual({});
  });

  it('an existing file with the same content is bound; one with other content is left alone', async () => {
    const plan = await planned();
    world.file('root/datasets/liver.csv', csv('somebody else'));
    expect((await world.apply(plan)).exitCode).toBe(1);
    expect(world.findings.at(-1)?.code).toBe('destination.exists');
    expect(await world.content('liver')).toBe(csv('somebody else'));
    world.file('root/datasets/liver.csv', csv('liver'));
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect((await world.stored('liver')).metadata).toMatchObject({ file_size_bytes: csv('liver').length });
  });

  it('a file at the path of a directory is reported, and the other rows continue', async () => {
    await world.row({ id: 'other', path: 'sets/other.csv' });
    const plan = await planned({ 'sets/other.csv': csv('other') });
    world.file('root/sets', 'a file');
    expect(await world.apply(plan)).toMatchObject({ exitCode: 1, summary: { bound: 1, refused: 1 } });
    expect(await world.content('liver')).toBe(csv('liver'));
  });
});

describe('places that two artifacts would share', () => {
  it('need a decision, even if only the case differs or the other artifact already has its file', async () => {
    world.worktree('q', 'datasets/Liver_TPM.csv', csv('upper'));
    world.worktree('q', 'datasets/liver_tpm.csv', csv('lower'));
    world.worktree('q', 'found/kidney_tpm.csv', csv('kidney'));
    world.file('root/datasets/kidney_tpm.csv', csv('another kidney'));
    await world.row({ id: 'upper', path: 'datasets/Liver_TPM.csv' });
    await world.row({ id: 'lower', path: 'datasets/liver_tpm.csv' });
    await world.row({ id: 'kidney', metadata: { filename: 'kidney_tpm.csv' } });
    await world.row({ id: 'has it', type: 'figure', path: 'datasets/kidney_tpm.csv' });
    const { plan, exitCode } = await world.plan();
    expect(exitCode).toBe(0);
    for (const id of ['upper', 'lower', 'kidney']) {
      expect(planRow(plan, id)).toMatchObject({ status: 'needs_review', destination: null });
    }
    expect(world.findings.map((one) => one.code)).toEqual(
      Array.from({ length: 3 }, () => 'destination.unsafe'),
    );
  });
});

describe('stopping', () => {
  it('a signal ends apply at a safe point with its own code, and running again completes it', async () => {
    await world.row({ id: 'other', path: 'datasets/other.csv' });
    const plan = await planned({ 'datasets/other.csv': csv('other') });
    const controller = new AbortController();
    const writer = world.artifacts.writer();
    const stopping: ApplyPorts['writer'] = {
      commit: async (commit) => {
        const changed = await writer.commit(commit);
        controller.abort(new StopRequest('SIGTERM'));
        return changed;
      },
    };
    const first = await world.apply(plan, { writer: stopping, signal: controller.signal });
    expect(first.exitCode).toBe(143);
    expect(first.summary.bound).toBeGreaterThan(0);
    expect(await world.apply(plan)).toMatchObject({ exitCode: 0, summary: { bound: 2 } });
    const left = readdirSync(world.root, { recursive: true }).map(String);
    expect(left.filter((name) => name.includes('.part'))).toEqual([]);
  });
});

describe('rows that change during the run', () => {
  it('a path that changed: refused', async () => {
    const plan = await planned();
    await world.database.query(`update artifacts set file_path = 'datasets/elsewhere.csv'`);
    expect((await world.apply(plan)).exitCode).toBe(1);
    expect(world.findings.at(-1)).toMatchObject({ code: 'row.changed', subject: 'liver' });
    expect(readdirSync(world.root)).toEqual(['README']);
  });

  it('changed at the moment of the bind: nothing is bound, and the file is removed again', async () => {
    const plan = await planned();
    const writer = world.artifacts.writer();
    const hasty: ApplyPorts['writer'] = {
      commit: async (commit) => {
        await world.database.query(`update artifacts set metadata = '{"file_sha256": "somebody"}'`);
        return writer.commit(commit);
      },
    };
    expect((await world.apply(plan, { writer: hasty })).exitCode).toBe(1);
    expect(world.findings.at(-1)?.code).toBe('row.changed');
    expect(await world.content('liver')).toBeUndefined();
  });

  it('rejected by a person in the meantime: refused', async () => {
    const plan = await planned();
    const cid = planRow(plan, 'liver').chosen;
    await new PostgresRecoveryLedger(world.database, 'salvor.artifacts').decide({
      artifactId: 'liver',
      decision: 'reject',
      cid,
      detail: {},
      note: null,
      actor: 'p',
    });
    expect((await world.apply(plan)).exitCode).toBe(1);
    await expectUntouched('decision.changed');
  });

  it('a crash between placing and binding is completed by the next apply, to the same state', async () => {
    const plan = await planned();
    const broken: ApplyPorts['writer'] = {
      commit: async () => {
        throw new Error('killed');
      },
    };
    await expect(world.apply(plan, { writer: broken })).rejects.toThrow('killed');
    expect(await world.content('liver')).toBe(csv('liver'));
    expect((await world.stored('liver')).metadata).toEqual({});
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect((await world.stored('liver')).metadata).toMatchObject({
      file_recovered_from: { member: 'datasets/liver.csv', verified_by: 'container-checksum' },
    });
  });
});

describe('sources that do not answer', () => {
  it('a missing base, a shallow clone and a broken listing of the store: undecided, never lost', async () => {
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    rmSync(join(world.base, 'worktrees'), { recursive: true });
    expect((await world.plan()).plan.sources[0]).toMatchObject({ state: 'failed' });
    mkdirSync(join(world.base, 'worktrees'));
    expect(planRow((await world.plan()).plan, 'liver').status).toBe('residual');
    world.commit({ a: '1' });
    world.git(
      'clone',
      '-q',
      '--depth',
      '1',
      `file://${join(world.base, 'repo')}`,
      join(world.base, 'shallow'),
    );
    rmSync(join(world.base, 'repo'), { recursive: true });
    symlinkSync(join(world.base, 'shallow'), join(world.base, 'repo'));
    const { plan, exitCode } = await world.plan();
    expect(exitCode).toBe(3);
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'undecided', rule: '11-undecided' });
    expect(plan.sources[1]?.errors.join(' ')).toContain('shallow');
  });

  it('a root that is gone stops everything before a row is called missing', async () => {
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    rmSync(world.root, { recursive: true });
    await expect(world.plan()).rejects.toMatchObject({ code: 'root.unavailable' });
  });
});

describe('plans', () => {
  it('contents that were read during planning come from the cache, or from their archive again if the cache is gone', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') }, { listing: ['-tf'] });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver').candidates[0]).toMatchObject({ cached: true });
    rmSync(world.cache().directory, { recursive: true });
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(world.archiveReads()).toHaveLength(2);
    expect(await world.content('liver')).toBe(csv('liver'));
  });

  it('a content that does not fit into the cache is not read, and its row needs a decision', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') }, { listing: ['-tf'] });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan({ cacheBytes: 4 });
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'needs_review', rule: '9-weak' });
  });

  it('a plan reads back as it was written; any edit is refused', async () => {
    const plan = await planned();
    const text = await writePlan(plan);
    expect(readPlan(text, plan.registry)).toEqual(plan);
    for (const [from, to] of [
      ['7-anchored', '1-digest'],
      ['datasets/liver.csv', 'datasets/livid.csv'],
      ['"sha256": null', `"sha256": "${'a'.repeat(64)}"`],
    ] as const) {
      expect(() => readPlan(text.replace(from, to), plan.registry)).toThrow(
        expect.objectContaining({ code: 'plan.edited' }),
      );
    }
    expect(() => readPlan(text, 'another')).toThrow(expect.objectContaining({ code: 'plan.other_registry' }));
    expect(() => readPlan('[]', plan.registry)).toThrow(expect.objectContaining({ code: 'plan.invalid' }));
  });

  it('with all archives and every source complete, a rule may call a row unrecoverable; a scoped search may not', async () => {
    await world.row({ id: 'ram', type: 'model', metadata: { ram_only: true, filename: 'in_memory.pkl' } });
    world.archive(KEY, { x: 'y' });
    expect(planRow((await world.plan()).plan, 'ram').status).toBe('residual');
    const { plan } = await world.plan({ archives: 'all' });
    expect(planRow(plan, 'ram')).toMatchObject({
      status: 'unrecoverable',
      reason: 'weights were only ever in memory',
    });
    expect((await world.apply(plan)).summary.unrecoverable).toBe(1);
    expect((await world.stored('ram')).metadata).toMatchObject({ file_unrecoverable: true });
    expect((await world.plan()).plan.rows).toEqual([]);
  });

  it('an accepted candidate that changed is refused: candidate.changed', async () => {
    world.worktree('q', 'x/data.csv', csv('first'));
    await world.row({ id: 'd', metadata: { filename: 'data.csv' } });
    const { plan } = await world.plan();
    const cid = planRow(plan, 'd').candidates[0]?.cid ?? '';
    await new PostgresRecoveryLedger(world.database, 'salvor.artifacts').decide({
      artifactId: 'd',
      decision: 'accept',
      cid,
      detail: {},
      note: null,
      actor: 'p',
    });
    expect(planRow((await world.plan()).plan, 'd')).toMatchObject({ status: 'to_bind', rule: '2-approved' });
    world.worktree('q', 'x/data.csv', csv('second'));
    expect(planRow((await world.plan()).plan, 'd').status).toBe('needs_review');
    expect(world.findings.map((one) => one.code)).toContain('candidate.changed');
  });

  it('an archive without a listing is read once, and its contents are kept', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') }, { listing: null });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan({ scanUnlisted: true });
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind' });
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(world.archiveReads()).toHaveLength(1);
  });
});
