import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { DigestSource } from '../../../src/registry/artifacts/recorded-columns.js';
import { acceptDrift, rejectDrift } from '../../../src/registry/drift/drift-decisions.js';
import { makeWorld, type World, type WorldOptions } from './support.js';

const hashOf = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');
const md5 = (text: string): string => hashOf('md5', text);
const sha256 = (text: string): string => hashOf('sha256', text);
const MD5: DigestSource = { key: 'metadata.md5', algorithm: 'md5' };

/** SALVOR_ROTTEN_ROWS=10000 is the full size; one in a hundred is rotten. */
const ROWS = Number(process.env.SALVOR_ROTTEN_ROWS ?? 300);

let world: World;
afterEach(() => world.close());

async function start(digests: readonly DigestSource[], options: WorldOptions = {}): Promise<void> {
  world = await makeWorld({ ...options, table: { digests, ...options.table } });
}

async function plant(id: string, content: string, metadata: Record<string, unknown>): Promise<void> {
  await world.file(id, content);
  await world.row(id, id, JSON.stringify(metadata));
}

const recorded = async (id: string) => JSON.parse((await world.metadata(id)) ?? '{}');

function ports(content: string) {
  return {
    drift: world.drift,
    journal: world.journal,
    artifacts: world.artifacts.reader,
    writer: world.artifacts.writer(),
    contentNow: async () =>
      ({
        kind: 'content',
        sha256: sha256(content),
        sizeBytes: content.length,
        mtimeUs: 0n,
        root: world.root,
        readAt: new Date(),
      }) as const,
  };
}

describe('digests that were recorded before Salvor', () => {
  it('find every file that was corrupted before adoption; none is accepted, and no good file is reported', async () => {
    await start([MD5]);
    const rotten = new Set(Array.from({ length: ROWS / 100 }, (_, i) => String(100 * i + ((17 * i) % 100))));
    for (let i = 0; i < ROWS; i += 1) {
      const id = String(i);
      await plant(id, rotten.has(id) ? `rotten ${i}` : `content ${i}`, { md5: md5(`content ${i}`), k: i });
    }
    const { outcome, findings } = await world.backfill();
    expect(outcome).toMatchObject({
      exitCode: 1,
      summary: { rows_updated: ROWS - rotten.size, drift_events: rotten.size, drift_open: rotten.size },
    });
    expect(new Set(findings.map(({ subject }) => subject))).toEqual(rotten);
    for (const id of rotten) expect(await recorded(id)).not.toHaveProperty('file_sha256');
    expect(await world.drift.list({})).toMatchObject(
      Array(rotten.size).fill({ class: 'recorded', oldSha256: null }),
    );
    const [finding] = findings;
    expect(finding?.detail).toMatchObject({
      recorded_digests: `md5:${md5(`content ${finding?.subject}`)}`,
      found_digests: `md5:${md5(`rotten ${finding?.subject}`)}`,
    });
    expect((await world.backfill()).outcome).toMatchObject({
      summary: { rows_scanned: rotten.size, drift_open: rotten.size },
    });
  });

  it.each([
    ['jsonb', 'SHA-1 in base64', { key: 'metadata.sums.sha1', algorithm: 'sha1' }, 'sha1', 'base64'],
    ['text', 'SHA-512 in capitals', { key: 'metadata.sums.sha512', algorithm: 'sha512' }, 'sha512', 'hex'],
    [
      'json',
      'SHA-256 under another name',
      { key: 'metadata.sums.sha256', algorithm: 'sha256' },
      'sha256',
      'hex',
    ],
  ] as const)('in %s: %s', async (metadataType, _, source, algorithm, encoding) => {
    await start([source], { metadataType });
    const spelled = (text: string): string => {
      const digest = createHash(algorithm).update(text).digest(encoding);
      return encoding === 'hex' ? digest.toUpperCase() : digest;
    };
    await plant('1', 'good', { sums: { [algorithm]: spelled('good') } });
    await plant('2', 'bad', { sums: { [algorithm]: spelled('good') } });
    const { outcome } = await world.backfill();
    expect(outcome.summary).toMatchObject({ rows_updated: 1, drift_events: 1 });
  });

  it('are read from columns, of the types that have them', async () => {
    await start([{ column: 'content_hash', algorithm: 'md5', types: ['dataset'] }]);
    await plant('1', 'a', {});
    await plant('2', 'b', {});
    await world.row('3', '1', '{}', 'figure');
    await world.sql(`update artifacts set content_hash = $1`, [`MD5:${md5('a')}`]);
    const { outcome, findings } = await world.backfill();
    expect(outcome.summary).toMatchObject({ rows_updated: 2, drift_events: 1 });
    expect(findings).toMatchObject([{ code: 'drift.detected', subject: '2' }]);
  });

  it('that agree are journaled once, as evidence', async () => {
    await start([MD5]);
    await plant('1', 'a', { md5: md5('a') });
    await world.backfill();
    const evidence = async () =>
      (await world.journal.log({ artifactId: '1' })).filter(({ reason }) =>
        reason?.includes(`md5:${md5('a')}`),
      );
    expect(await evidence()).toHaveLength(1);
    await world.backfill({ recheckOlderThanMs: 0 });
    await world.backfill({ recheckOlderThanMs: 0 });
    expect(await evidence()).toHaveLength(1);
  });

  it('count for a row that was hashed before they were configured', async () => {
    await start([]);
    await plant('1', 'a', { md5: md5('a') });
    await world.backfill();
    await world.close();
    await start([MD5]);
    await plant('1', 'rotten', { md5: md5('a'), file_sha256: sha256('rotten') });
    const { outcome } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 1, summary: { drift_events: 1 } });
    const [entry] = await world.drift.list({});
    expect(entry).toMatchObject({
      class: 'recorded',
      oldSha256: sha256('rotten'),
      newSha256: sha256('rotten'),
    });
    await rejectDrift({ id: entry?.id ?? '', by: 'a', note: null, runId: null }, ports('rotten'));
    expect(await recorded('1')).toEqual({ md5: md5('a') });
    const after = await world.backfill();
    expect(after.outcome).toMatchObject({ exitCode: 0, summary: { drift_open: 0 } });
    expect(after.findings).toMatchObject([{ code: 'drift.rejected_remains' }]);
    await world.file('1', 'a');
    expect((await world.backfill()).outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 1 } });
  });

  it('that content was accepted against are ignored from then on', async () => {
    await start([MD5]);
    await plant('1', 'new', { md5: md5('old') });
    await world.backfill();
    const [entry] = await world.drift.list({});
    await acceptDrift({ id: entry?.id ?? '', by: 'a', note: null, runId: null }, ports('new'));
    expect(await recorded('1')).toMatchObject({ file_sha256: sha256('new'), md5: md5('old') });
    const again = await world.backfill({ recheckOlderThanMs: 0 });
    expect(again.outcome).toMatchObject({ exitCode: 0, summary: { rows_unchanged: 1, drift_events: 0 } });
    expect(again.findings).toEqual([]);
    await world.file('1', 'newer');
    expect((await world.backfill({ recheckOlderThanMs: 0, onDrift: 'hold' })).findings).toMatchObject([
      { code: 'drift.detected', detail: { old_sha256: sha256('new'), new_sha256: sha256('newer') } },
    ]);
  });

  it('close the drift when the recorded content returns', async () => {
    await start([MD5]);
    await plant('1', 'rotten', { md5: md5('a') });
    await world.backfill();
    await world.file('1', 'a');
    expect((await world.backfill()).outcome).toMatchObject({
      exitCode: 0,
      summary: { rows_updated: 1, drift_open: 0 },
    });
    expect(await world.drift.list({})).toMatchObject([{ state: 'returned' }]);
  });

  it('that are malformed, of unknown algorithms or contradictory are findings and stop nothing', async () => {
    await start([MD5, { key: 'metadata.sha1', algorithm: 'sha1' }]);
    await plant('1', 'a', { md5: 'abc', k: 1 });
    await plant('2', 'a', { md5: 'crc32:00000000' });
    await plant('3', 'a', { md5: ['a'] });
    await plant('4', 'a', { md5: md5('a'), sha1: hashOf('sha1', 'b') });
    await plant('5', 'a', { md5: null });
    const { outcome, findings } = await world.backfill();
    expect(outcome.summary).toMatchObject({ rows_updated: 4, drift_events: 1 });
    expect(findings.map(({ code, subject }) => `${subject} ${code}`).sort()).toEqual([
      '1 digest.malformed',
      '2 digest.malformed',
      '3 digest.malformed',
      '4 digest.disagree',
      '4 drift.detected',
    ]);
  });

  it('are part of the condition: a change while the file is read is noticed', async () => {
    await start([{ column: 'content_hash', algorithm: 'md5' }]);
    await plant('1', 'a', {});
    const writer = world.artifacts.writer();
    let first = true;
    const late: typeof writer.commit = async (commit) => {
      if (first) await world.sql(`update artifacts set content_hash = $1`, [md5('b')]);
      first = false;
      return writer.commit(commit);
    };
    const { outcome } = await world.backfill({}, { writer: { commit: late } });
    expect(outcome.summary).toMatchObject({ rows_updated: 0, drift_events: 1 });
  });
});
