import { createHash } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceptDrift, rejectDrift } from '../../../src/registry/drift-decisions.js';
import { makeWorld, type World } from './support.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const ports = () => ({
  drift: world.drift,
  journal: world.journal,
  artifacts: world.artifacts.reader,
  writer: world.artifacts.writer(),
});
const decision = (id: string) => ({ id, by: 'alice', note: 'seen', runId: null });
const recorded = async (id = '1') => JSON.parse((await world.metadata(id)) ?? '{}');

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
      code: 'drift.not_open',
    });
    await expect(acceptDrift(decision('99'), ports())).rejects.toMatchObject({ code: 'drift.unknown' });
  });

  it('that is held writes nothing, recurs as one entry, and is written when accepted', async () => {
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
    await world.file('a', 'another');
    expect((await world.backfill()).outcome).toMatchObject({ exitCode: 1, summary: { drift_open: 1 } });
  });

  it('allowed up to a number is green', async () => {
    await plantDrift();
    expect((await world.backfill({ maxDrift: 1 })).outcome.exitCode).toBe(0);
  });
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

  it('corrupt: size and time are as they were', async () => {
    const { atimeNs, mtimeNs } = statSync(path(), { bigint: true });
    const bytes = readFileSync(path());
    bytes[0] = 0;
    writeFileSync(path(), bytes);
    utimesSync(path(), Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
    // The time is kept to the microsecond; what a float carries may be less.
    await world.sql(`update salvor.digests set mtime = $1::timestamptz`, [exactTime(path())]);
    expect(await drifted()).toBe('corrupt');
  });

  it('rewritten: it is younger', async () => {
    writeFileSync(path(), 'later');
    utimesSync(path(), new Date(), new Date(Date.now() + 5000));
    expect(await drifted()).toBe('rewritten');
  });

  it('rewritten, without an entry: younger than the marker', async () => {
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
