import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { withPlan } from '../../../src/jobs/recovery/plan/plan-file.js';
import {
  acceptCandidate,
  declareUnrecoverable,
  rejectCandidate,
} from '../../../src/jobs/recovery/review/review.js';
import { PostgresRecoveryLedger } from '../../../src/registry/recovery/recovery-ledger.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

let world: RecoveryWorld;
let plan: PlanDocument;

beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  world.worktree('quest', 'datasets/liver.csv', csv('liver'));
  await world.row({ id: 'liver', path: 'datasets/liver.csv' });
  plan = (await world.plan()).plan;
  expect(planRow(plan, 'liver').status).toBe('to_bind');
});
afterEach(() => world.close());

const sql = (text: string): Promise<unknown> => world.database.query(text);
const ledger = (): PostgresRecoveryLedger => new PostgresRecoveryLedger(world.database, 'salvor.artifacts');
const as = (actor: string) => ({ ledger: ledger(), artifacts: world.artifacts.reader, actor });
const cid = (): string => planRow(plan, 'liver').chosen ?? '';
const decision = { artifactId: 'liver', detail: {}, note: null, actor: 'alice' };

describe('apply refuses a row whose facts are not those that the plan was based on', () => {
  const changes: [string, string, () => Promise<unknown>][] = [
    ['row.changed', 'its path', () => sql(`update artifacts set file_path = 'datasets/other.csv'`)],
    ['row.changed', 'its type', () => sql(`update artifacts set artifact_type = 'model'`)],
    [
      'row.changed',
      'a recorded SHA-256',
      () => sql(`update artifacts set metadata = '{"file_sha256": "${sha256('x')}"}'`),
    ],
    [
      'row.changed',
      'a recorded MD5',
      () => sql(`update artifacts set metadata = '{"md5": "d41d8cd98f00b204e9800998ecf8427e"}'`),
    ],
    ['row.changed', 'a recorded size', () => sql(`update artifacts set metadata = '{"file_size_bytes": 7}'`)],
    ['row.changed', 'a mark', () => sql(`update artifacts set metadata = '{"file_unrecoverable": true}'`)],
    ['row.changed', 'the row itself', () => sql('delete from artifacts')],
    [
      'decision.changed',
      'a rejection of everything',
      () => ledger().decide({ ...decision, decision: 'reject', cid: null }),
    ],
    [
      'decision.changed',
      'an acceptance',
      () => ledger().decide({ ...decision, decision: 'accept', cid: cid() }),
    ],
    [
      'row.changed',
      'a declaration as unrecoverable',
      () =>
        declareUnrecoverable(plan, 'liver', 'gone', {
          ...as('alice'),
          ...{ writer: world.artifacts.writer(), runId: null, now: new Date() },
        }),
    ],
  ];
  it.each(changes)('%s: %s', async (code, _, change) => {
    await change();
    const before = await sql('select * from artifacts');
    const applied = await world.apply(plan);
    expect(applied).toMatchObject({ exitCode: 1, summary: { bound: 0, refused: 1, needs_review: 0 } });
    expect(world.findings.at(-1)).toMatchObject({ code, subject: 'liver' });
    expect(await sql('select * from artifacts')).toEqual(before);
    expect(await world.todos().pending()).toEqual([]);
  });

  it('an acceptance that was withdrawn in the meantime', async () => {
    await ledger().decide({ ...decision, decision: 'accept', cid: cid() });
    ({ plan } = await world.plan());
    await ledger().withdraw({ artifactId: 'liver', note: null, actor: 'bob' });
    expect((await world.apply(plan)).summary.refused).toBe(1);
    expect(world.findings.at(-1)?.code).toBe('decision.changed');
  });

  it('a decision at the moment of the bind', async () => {
    const writer = world.artifacts.writer();
    const applied = await world.apply(plan, {
      writer: {
        commit: async (commit) => {
          await ledger().decide({ ...decision, decision: 'reject', cid: null });
          return writer.commit(commit);
        },
      },
    });
    expect(applied.summary).toMatchObject({ bound: 0, refused: 1 });
    expect(world.findings.at(-1)?.code).toBe('decision.changed');
    expect(world.findings.at(-1)?.message).toContain('alice rejected every candidate');
    expect(await world.content('liver')).toBeUndefined();
  });
});

describe('a plan that contradicts the configuration or the registry', () => {
  const row = (changes: object): PlanDocument => ({
    ...plan,
    rows: [{ ...planRow(plan, 'liver'), ...changes }],
  });

  it('another destination is refused before anything is touched', async () => {
    await expect(world.apply({ ...plan, destination: '/tmp' })).rejects.toMatchObject({
      code: 'plan.other_destination',
      exitCode: 2,
    });
  });

  it('another device: the disk is not mounted', async () => {
    await expect(world.apply({ ...plan, destination_device: '999999' })).rejects.toMatchObject({
      code: 'root.unavailable',
    });
  });

  it.each([
    ['another place', { destination: '/tmp/liver.csv' }],
    ['a place that the row does not look in', { destination: undefined }],
    ['another path', { destination_path: 'datasets/elsewhere.csv' }],
  ])('%s for a row', async (_, changes) => {
    const destination =
      'destination' in changes && changes.destination === undefined
        ? join(world.root, 'datasets/else.csv')
        : undefined;
    const edited = row({ ...changes, ...(destination === undefined ? {} : { destination }) });
    expect((await world.apply(edited)).summary).toMatchObject({ bound: 0, refused: 1 });
    expect(world.findings.at(-1)?.code).toBe('plan.invalid');
  });

  it('its own trusted digests: those of the registry count', async () => {
    await sql(`update artifacts set metadata = '{"file_sha256": "${sha256('other')}"}'`);
    const basis = { ...planRow(plan, 'liver').basis, keys: { file_sha256: JSON.stringify(sha256('other')) } };
    const edited = row({ trusted_sha256: [sha256(csv('liver'))], basis });
    expect((await world.apply(edited)).summary).toMatchObject({ bound: 0, refused: 1 });
    expect(world.findings.at(-1)?.code).toBe('content.contradicts');
  });

  it('a forged approval', async () => {
    expect((await world.apply(row({ confidence: 'approved', rule: '2-approved' }))).summary.refused).toBe(1);
    expect(world.findings.at(-1)?.code).toBe('decision.changed');
  });
});

describe('an accepted candidate whose content was replaced', () => {
  it('is not replaced by an automatic choice, although the row could be bound without a decision', async () => {
    await ledger().decide({ ...decision, decision: 'accept', cid: cid() });
    world.worktree('quest', 'datasets/liver.csv', csv('exchanged'));
    const next = (await world.plan()).plan;
    expect(planRow(next, 'liver')).toMatchObject({ status: 'needs_review', rule: '2-changed' });
    expect((await world.apply(next)).summary).toMatchObject({ bound: 0, refused: 0, needs_review: 1 });
    expect(await world.content('liver')).toBeUndefined();
    expect(world.findings.map((one) => one.code)).toContain('candidate.changed');
  });
});

describe('who may read a recovered file', () => {
  const modeOf = (path: string): string => (statSync(join(world.root, path)).mode & 0o7777).toString(8);

  it('whoever may read its directory, by default', async () => {
    mkdirSync(join(world.root, 'datasets'));
    chmodSync(join(world.root, 'datasets'), 0o2775);
    await world.apply(plan);
    expect(modeOf('datasets/liver.csv')).toBe('644');
  });

  it('no one who cannot read its directory, also for new directories', async () => {
    chmodSync(world.root, 0o750);
    await world.apply(plan);
    expect(modeOf('datasets')).toBe('750');
    expect(modeOf('datasets/liver.csv')).toBe('640');
  });

  it('as configured', async () => {
    await world.apply(plan, { access: { fileMode: 0o664, dirMode: 0o775 } });
    expect(modeOf('datasets')).toBe('775');
    expect(modeOf('datasets/liver.csv')).toBe('664');
  });
});

describe('decisions of several people about one row', () => {
  it('one wins, and the others see who decided what', async () => {
    const candidate = cid();
    await acceptCandidate(plan, 'liver', { cid: candidate, note: null }, as('alice'));
    const refused = { code: 'decision.changed', exitCode: 1 };
    await expect(rejectCandidate(plan, 'liver', { cid: null, note: null }, as('bob'))).rejects.toMatchObject(
      refused,
    );
    await expect(
      declareUnrecoverable(plan, 'liver', 'gone', {
        ...as('carol'),
        ...{ writer: world.artifacts.writer(), runId: null, now: new Date() },
      }),
    ).rejects.toThrow(/alice accepted candidate/);
    expect((await world.stored('liver')).metadata).toEqual({});
    // Her own decision she knows, and a repetition is one decision.
    await acceptCandidate(plan, 'liver', { cid: candidate, note: null }, as('alice'));
    await rejectCandidate(plan, 'liver', { cid: candidate, note: null }, as('alice'));
    const { rows } = (await sql('select decision from salvor.decisions order by id')) as {
      rows: { decision: string }[];
    };
    expect(rows.map((one) => one.decision)).toEqual(['accept', 'reject']);
  });

  it('of six at once, exactly one is recorded', async () => {
    const ended = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) =>
        rejectCandidate(plan, 'liver', { cid: i % 2 === 0 ? null : cid(), note: null }, as(`p${i}`)),
      ),
    );
    expect(ended.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  it('a decision from an outdated page is refused, whoever makes it', async () => {
    await rejectCandidate(plan, 'liver', { cid: null, note: null }, { ...as('alice'), seen: { page: null } });
    await expect(
      acceptCandidate(plan, 'liver', { cid: cid(), note: null }, { ...as('alice'), seen: { page: null } }),
    ).rejects.toMatchObject({ code: 'decision.changed' });
  });

  it('after the row was marked by another program nothing can be accepted', async () => {
    await sql(`update artifacts set metadata = '{"file_unrecoverable": true}'`);
    await expect(
      acceptCandidate(plan, 'liver', { cid: cid(), note: null }, as('alice')),
    ).rejects.toMatchObject({
      code: 'row.changed',
    });
  });
});

describe('a stand-in in the root', () => {
  const pointer = (content: string): string =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`;

  it('is replaced by its content, but by nothing if the stand-in was changed', async () => {
    world.file('root/datasets/kidney.csv', pointer(csv('kidney')));
    world.worktree('quest', 'datasets/kidney.csv', csv('kidney'));
    await world.row({ id: 'kidney', path: 'datasets/kidney.csv' });
    const first = (await world.plan()).plan;
    world.file('root/datasets/kidney.csv', pointer(csv('another')));
    await world.apply(first);
    expect(await world.content('kidney')).toBe(pointer(csv('another')));
    world.file('root/datasets/kidney.csv', pointer(csv('kidney')));
    const applied = await world.apply((await world.plan()).plan);
    expect(applied.summary.refused).toBe(0);
    expect(await world.content('kidney')).toBe(csv('kidney'));
  });
});

describe('a file that is no plan', () => {
  const refused = { code: 'plan.invalid', exitCode: 2 };

  it('a FIFO, a device, a directory and a link to one are refused immediately', async () => {
    execFileSync('mkfifo', [join(world.base, 'fifo')]);
    symlinkSync('/dev/zero', join(world.base, 'link'));
    for (const path of [join(world.base, 'fifo'), '/dev/zero', world.base, join(world.base, 'link')])
      await expect(withPlan(path, undefined, async () => undefined)).rejects.toMatchObject(refused);
  });

  it('endless brackets are refused while they are read', async () => {
    const path = join(world.base, 'deep.json');
    writeFileSync(path, '['.repeat(5_000_000));
    await expect(withPlan(path, undefined, async () => undefined)).rejects.toMatchObject(refused);
  });
});
