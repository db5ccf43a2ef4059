import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toMicroseconds } from '../../../src/core/file-time.js';
import { acceptDrift, rejectDrift } from '../../../src/registry/drift/drift-decisions.js';
import type { ContentNow, DriftState } from '../../../src/registry/drift/drift-port.js';
import { undoJournal } from '../../../src/registry/journal/undo.js';
import { makeWorld, type World } from './support.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const ports = () => ({
  drift: world.drift,
  runs: { isRunning: async () => false },
  journal: world.journal,
  artifacts: world.artifacts.reader,
  writer: world.artifacts.writer(),
  contentNow,
});

async function contentNow({ path }: { path: string }): Promise<ContentNow> {
  const at = join(world.root, path);
  if (!existsSync(at)) return { kind: 'absent', isGone: true, reason: 'the file does not exist' };
  const sha = createHash('sha256').update(readFileSync(at)).digest('hex');
  const { size, mtimeNs } = statSync(at, { bigint: true });
  const readAt = new Date();
  return {
    kind: 'content',
    sha256: sha,
    sizeBytes: Number(size),
    mtimeUs: toMicroseconds(mtimeNs),
    root: world.root,
    readAt,
  };
}

const decision = (id: string) => ({ id, by: 'alice', note: 'seen', runId: null });
const recorded = async (id = '1') => JSON.parse((await world.metadata(id)) ?? '{}');

async function undo(entryId: string): Promise<{ undone: number; refused: string[] }> {
  const refused: string[] = [];
  const { undone } = await undoJournal(
    { target: { entryId }, runId: null, actor: 'bob', reason: null },
    {
      ...ports(),
      onRefused: ({ message }) => refused.push(message),
      signal: new AbortController().signal,
    },
  );
  return { undone, refused };
}

/** A row with a digest on record, without a marker, and another content in its file. */
async function plantDrift(): Promise<string> {
  await world.file('a', 'new');
  await world.row('1', 'a', `{"file_sha256": "${sha256('old')}", "k": 1.0}`);
  return (await world.metadata('1')) ?? '';
}

describe('drift', () => {
  it('is read twice, recorded, and stays red until someone accepts it', async () => {
    await plantDrift();
    const { outcome, findings } = await world.backfill();
    expect(outcome).toMatchObject({
      exitCode: 1,
      summary: { drift_events: 1, drift_open: 1, bytes_hashed: 6 },
    });
    expect(findings).toMatchObject([
      {
        code: 'drift.detected',
        detail: { old_sha256: sha256('old'), new_sha256: sha256('new'), written: true },
      },
    ]);
    expect(await recorded()).toMatchObject({ file_sha256: sha256('new'), file_size_bytes: 3, k: 1 });
    expect((await world.backfill()).outcome).toMatchObject({
      exitCode: 1,
      summary: { drift_open: 1, drift_events: 0 },
    });
    const [entry] = await world.drift.list({});
    expect(entry).toMatchObject({ state: 'open', class: 'unknown', artifactId: '1', path: 'a' });
    const { changed } = await acceptDrift(decision(entry?.id ?? ''), ports());
    expect(changed).toBe(false);
    expect((await world.backfill()).outcome).toMatchObject({ exitCode: 0, summary: { drift_open: 0 } });
    expect(await world.drift.get(entry?.id ?? '')).toMatchObject({
      state: 'accepted',
      decidedBy: 'alice',
      note: 'seen',
    });
    await expect(acceptDrift(decision(entry?.id ?? ''), ports())).rejects.toMatchObject({
      code: 'drift.closed',
    });
    await expect(acceptDrift(decision('99'), ports())).rejects.toMatchObject({ code: 'drift.unknown' });
  });

  it('that is held writes nothing, stays one entry, and is written when accepted', async () => {
    const before = await plantDrift();
    await world.backfill({ onDrift: 'hold' });
    const again = await world.backfill({ onDrift: 'hold' });
    expect(again.outcome).toMatchObject({ exitCode: 1, summary: { drift_events: 1, drift_open: 1 } });
    expect(await world.metadata('1')).toBe(before);
    const entries = await world.drift.list({});
    expect(entries).toMatchObject([{ runId: again.runId }]);
    expect(entries[0]?.lastSeenAt.getTime()).toBeGreaterThan(entries[0]?.firstSeenAt.getTime() ?? 0);
    expect(await acceptDrift(decision(entries[0]?.id ?? ''), ports())).toMatchObject({
      changed: true,
      recorded: sha256('new'),
    });
    expect((await world.backfill()).outcome).toMatchObject({
      exitCode: 0,
      summary: { rows_already_done: 1 },
    });
    expect(await world.journal.log({})).toMatchObject([
      { action: 'drift.accept', actor: 'alice', reason: 'seen' },
    ]);
  });

  it('that is rejected restores what was on record, and the content is not written again', async () => {
    const before = await plantDrift();
    await world.backfill();
    const [entry] = await world.drift.list({});
    expect(await rejectDrift(decision(entry?.id ?? ''), ports())).toMatchObject({
      changed: true,
      recorded: sha256('old'),
      entry: { state: 'rejected' },
    });
    expect(await world.metadata('1')).toBe(before);
    const after = await world.backfill();
    expect(after.outcome).toMatchObject({ exitCode: 0, summary: { drift_events: 1, drift_open: 0 } });
    expect(after.findings).toMatchObject([{ code: 'drift.rejected_remains', severity: 'warning' }]);
    expect(await world.metadata('1')).toBe(before);
    const dry = await world.backfill({}, { writes: false });
    expect(dry.outcome).toMatchObject({ exitCode: 0, summary: { drift_events: 1, drift_open: 0 } });
    await world.file('a', 'another');
    expect((await world.backfill()).outcome).toMatchObject({ exitCode: 1, summary: { drift_open: 1 } });
  });

  it.each([
    ['accepted', 'record', acceptDrift],
    ['accepted', 'hold', acceptDrift],
    ['rejected', 'record', rejectDrift],
    ['rejected', 'hold', rejectDrift],
  ] as const)(
    'that was %s (%s) is open and red again when that is undone, and decided when the undo is',
    async (state, onDrift, decide) => {
      await plantDrift();
      await world.backfill({ onDrift });
      const before = await recorded();
      const [entry] = await world.drift.list({});
      const id = entry?.id ?? '';
      await decide(decision(id), ports());
      const decided = await recorded();
      const [made] = await world.journal.log({ artifactId: '1' });
      expect(made).toMatchObject({ action: `drift.${state.slice(0, -2)}`, actor: 'alice', reason: 'seen' });
      expect(await undo(made?.id ?? '')).toEqual({ undone: 1, refused: [] });
      expect(await recorded()).toEqual(before);
      expect(await world.drift.get(id)).toMatchObject({
        state: 'open',
        decidedBy: null,
        decidedAt: null,
        note: null,
      });
      expect((await world.backfill({ onDrift })).outcome).toMatchObject({
        exitCode: 1,
        summary: { drift_open: 1 },
      });
      const undone = (await world.journal.log({ artifactId: '1', action: 'undo' }))[0];
      expect(undone).toMatchObject({ undoes: made?.id, actor: 'bob' });
      if (onDrift === 'hold') expect(await undo(undone?.id ?? '')).toEqual({ undone: 1, refused: [] });
      if (onDrift === 'hold') expect(await recorded()).toEqual(decided);
      if (onDrift === 'hold') expect(await world.drift.get(id)).toMatchObject({ state, decidedBy: 'bob' });
    },
  );

  it('is not reopened by undoing a decision if a later decision exists', async () => {
    await plantDrift();
    await world.backfill({ onDrift: 'hold' });
    const id = (await world.drift.list({}))[0]?.id ?? '';
    await rejectDrift(decision(id), ports());
    const [first] = await world.journal.log({ artifactId: '1' });
    await undo(first?.id ?? '');
    await acceptDrift(decision(id), ports());
    const [taken] = await world.journal.log({ artifactId: '1', action: 'undo' });
    expect(await undo(taken?.id ?? '')).toEqual({
      undone: 0,
      refused: [expect.stringContaining(`the drift entry ${id} is no longer open`)],
    });
    expect(await world.drift.get(id)).toMatchObject({ state: 'accepted' });
  });

  it('is not opened twice: if the same difference was found again, the undo is refused', async () => {
    await plantDrift();
    await world.backfill({ onDrift: 'hold' });
    const [entry] = await world.drift.list({});
    await rejectDrift(decision(entry?.id ?? ''), ports());
    const [made] = await world.journal.log({ artifactId: '1' });
    await world.db.query(
      `insert into salvor.drift (artifact_id, table_name, old_sha256, new_sha256, size_bytes, mtime, path, root, class,
         first_seen_at, last_seen_at)
       select artifact_id, table_name, old_sha256, new_sha256, size_bytes, mtime, path, root, class, now(), now()
       from salvor.drift`,
    );
    expect(await undo(made?.id ?? '')).toMatchObject({ undone: 0, refused: [expect.any(String)] });
    expect(await world.drift.get(entry?.id ?? '')).toMatchObject({ state: 'rejected' });
  });

  it('allowed up to a number is green', async () => {
    await plantDrift();
    expect((await world.backfill({ maxDrift: 1 })).outcome.exitCode).toBe(0);
  });
});

describe('drift as a state machine', () => {
  const states = async (): Promise<string[]> =>
    (await world.drift.list({})).map(({ state }) => state).reverse();
  const openId = async (): Promise<string> => (await world.drift.list({ state: 'open' }))[0]?.id ?? '';
  /** Recorded as `one`; then the file becomes each of these, and is read each time. */
  async function become(onDrift: 'record' | 'hold', ...contents: string[]): Promise<void> {
    await world.file('a', 'one');
    await world.row('1', 'a');
    await world.backfill();
    for (const content of contents) {
      await world.file('a', content);
      await world.backfill({ onDrift, recheckOlderThanMs: 0 });
    }
  }

  /** One entry, that says which drift ended and how; there is nothing in it to take back. */
  async function expectJournaled(state: string, reason: string): Promise<void> {
    const entries = (await world.journal.log({ artifactId: '1' })).filter(({ action }) => action === state);
    const [drift] = await world.drift.list({ state: state as DriftState });
    expect(entries).toMatchObject([{ reason: `drift ${drift?.id}: ${reason}`, actor: 'test' }]);
    const [entry] = entries;
    expect(JSON.parse(entry?.after ?? '')).toEqual({ drift: { id: drift?.id, state } });
    const undone = await undoJournal(
      { target: { entryId: entry?.id ?? '' }, runId: null, actor: 'test', reason: null },
      {
        runs: { isRunning: async () => false },
        journal: world.journal,
        artifacts: world.artifacts.reader,
        writer: world.artifacts.writer(),
        onRefused: (finding) => expect.unreachable(finding.message),
        signal: new AbortController().signal,
      },
    );
    expect(undone).toMatchObject({ undone: 0, refused: 0 });
  }

  it.each(['record', 'hold'] as const)(
    'newer content supersedes the open entry (%s): never two are open',
    async (how) => {
      await become(how, 'two', 'three');
      expect(await states()).toEqual(['superseded', 'open']);
      await expectJournaled('superseded', 'newer content was found');
      const [open] = await world.drift.list({ state: 'open' });
      expect(open).toMatchObject({ oldSha256: sha256('one'), newSha256: sha256('three'), oldSizeBytes: 3 });
      const [first] = await world.drift.list({ state: 'superseded' });
      await expect(acceptDrift(decision(first?.id ?? ''), ports())).rejects.toMatchObject({
        code: 'drift.closed',
        exitCode: 1,
      });
      await acceptDrift(decision(open?.id ?? ''), ports());
      expect(await recorded()).toMatchObject({ file_sha256: sha256('three') });
      expect((await world.backfill({ recheckOlderThanMs: 0 })).outcome).toMatchObject({
        exitCode: 0,
        summary: { drift_open: 0, drift_events: 0 },
      });
    },
  );

  it.each(['record', 'hold'] as const)(
    'the recorded content is back: the entry is returned (%s)',
    async (how) => {
      await become(how, 'two', 'one');
      expect(await states()).toEqual(['returned']);
      await expectJournaled('returned', 'the recorded content is back');
      expect(await recorded()).toMatchObject({ file_sha256: sha256('one') });
      expect((await world.backfill({ recheckOlderThanMs: 0 })).outcome).toMatchObject({
        exitCode: 0,
        summary: { drift_open: 0, rows_unchanged: 1 },
      });
    },
  );

  it('rejecting what was recorded over content that nobody accepted restores the content before both', async () => {
    await become('record', 'two', 'three');
    await rejectDrift(decision(await openId()), ports());
    expect(await recorded()).toMatchObject({ file_sha256: sha256('one') });
  });

  it.each([
    ['the recorded content', 'one'],
    ['other content', 'four'],
  ])('is not decided when the file has %s by now', async (_, content) => {
    await become('hold', 'two');
    await world.file('a', content);
    const before = await world.metadata('1');
    for (const decide of [acceptDrift, rejectDrift]) {
      await expect(decide(decision(await openId()), ports())).rejects.toMatchObject({
        code: 'drift.stale',
        exitCode: 1,
      });
    }
    expect(await states()).toEqual(['open']);
    expect(await world.metadata('1')).toBe(before);
  });

  it('of a missing file can be rejected, not accepted', async () => {
    await become('record', 'two');
    rmSync(join(world.root, 'a'));
    await expect(acceptDrift(decision(await openId()), ports())).rejects.toMatchObject({
      code: 'drift.stale',
    });
    await rejectDrift(decision(await openId()), ports());
    expect(await recorded()).toMatchObject({ file_sha256: sha256('one') });
  });

  it('is not accepted over a digest that another program recorded since', async () => {
    await become('hold', 'two');
    await world.sql(
      `update artifacts set metadata = metadata || jsonb_build_object('file_sha256', repeat('a', 64))`,
    );
    await expect(acceptDrift(decision(await openId()), ports())).rejects.toMatchObject({
      code: 'drift.stale',
    });
  });

  it.each([99_999_999_999_999, -5_000_000_000, -1])(
    'a file time of %s seconds stops nothing',
    async (seconds) => {
      const at = await world.file('a', 'one');
      await world.row('1', 'a');
      await world.row('2', 'b');
      await world.file('b', 'b');
      await world.backfill();
      await world.file('a', 'two');
      execFileSync('touch', ['-d', `@${seconds}`, at]);
      const { outcome, findings } = await world.backfill({ recheckOlderThanMs: 0, onDrift: 'hold' });
      expect(outcome).toMatchObject({ exitCode: 1, summary: { drift_events: 1, rows_unchanged: 1 } });
      expect(findings).toMatchObject([{ code: 'drift.detected', detail: { mtime: expect.any(String) } }]);
      await acceptDrift(decision(await openId()), ports());
    },
  );
});

describe('the class of drift', () => {
  const drifted = async (): Promise<string | undefined> => {
    await world.backfill({ recheckOlderThanMs: 0, onDrift: 'hold' });
    return (await world.drift.list({}))[0]?.class;
  };
  beforeEach(async () => {
    await world.file('a', 'content');
    await world.row('1', 'a');
    await world.backfill();
  });
  const path = () => join(world.root, 'a');

  it('corrupt: size and time are unchanged', async () => {
    const { atimeNs, mtimeNs } = statSync(path(), { bigint: true });
    const bytes = readFileSync(path());
    bytes[0] = 0;
    writeFileSync(path(), bytes);
    utimesSync(path(), Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
    // The time is kept to the microsecond; what a float carries may be less.
    await world.sql(`update salvor.digests set mtime = $1::timestamptz`, [exactTime(path())]);
    expect(await drifted()).toBe('corrupt');
  });

  it('rewritten: the file is newer', async () => {
    writeFileSync(path(), 'later');
    utimesSync(path(), new Date(), new Date(Date.now() + 5000));
    expect(await drifted()).toBe('rewritten');
  });

  it('rewritten, without an entry: newer than the marker', async () => {
    await world.sql('delete from salvor.digests');
    writeFileSync(path(), 'later');
    utimesSync(path(), new Date(), new Date(Date.now() + 5000));
    expect(await drifted()).toBe('rewritten');
  });

  it('unknown: an older file in its place', async () => {
    writeFileSync(path(), 'other content');
    utimesSync(path(), 1, 1);
    expect(await drifted()).toBe('unknown');
  });
});

function exactTime(path: string): string {
  const { mtimeNs } = statSync(path, { bigint: true });
  const us = mtimeNs / 1000n;
  return `${new Date(Number(us / 1000n)).toISOString().slice(0, -1)}${String(us % 1000n).padStart(3, '0')}Z`;
}
