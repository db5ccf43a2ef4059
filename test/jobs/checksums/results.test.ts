import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFiles } from '../../../src/files/thread-pool.js';
import { workerScript } from '../../files/support.js';
import { makeWorld, type World } from './support.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const OTHER = 'f'.repeat(64);

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

describe('the result of a row', () => {
  it('is exactly one, and the counts add up', async () => {
    await world.file('ok', 'ok');
    await world.file('known', 'known');
    await world.file('drifted', 'new content');
    await world.file('lfs', `version https://git-lfs.github.com/spec/v1\noid sha256:${OTHER}\nsize 1\n`);
    await mkdir(join(world.root, 'directory'));
    execFileSync('mkfifo', [join(world.root, 'fifo')]);
    await symlink('/etc/hostname', join(world.root, 'out'));
    await world.row('updated', 'ok');
    await world.row('null', 'ok', null);
    await world.row('malformed', 'ok', '{"file_sha256": "not a digest"}');
    await world.row('unchanged', 'known', `{"file_sha256": "${sha256('known')}"}`);
    await world.row('capitals', 'known', `{"file_sha256": "${sha256('known').toUpperCase()}"}`);
    await world.row('drift', 'drifted', `{"file_sha256": "${OTHER}"}`, 'model');
    await world.row('no_file', 'gone');
    await world.row('lost', 'gone', `{"file_sha256": "${OTHER}"}`);
    await world.row('given_up', 'gone', `{"file_sha256": "${OTHER}", "file_unrecoverable": true}`);
    await world.row('pointer', 'lfs');
    await world.row('climbs', '../x');
    await world.row('absolute', '/etc/hostname');
    await world.row('link', 'out');
    await world.row('directory', 'directory');
    await world.row('fifo', 'fifo');
    await world.row('array', 'ok', '[]');
    await world.row('scalar', 'ok', '"x"');
    await world.row('no path', null);
    await world.row('empty path', '');
    const { outcome, findings, residual } = await world.backfill();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.summary).toMatchObject({
      rows_scanned: 17,
      rows_updated: 3,
      rows_unchanged: 2,
      drift_events: 1,
      drift_open: 1,
      rows_no_file: 1,
      rows_lost: 2,
      rows_pointer: 1,
      rows_outside_root: 3,
      rows_not_regular: 2,
      rows_bad_metadata: 2,
      rows_unreadable: 0,
      rows_unstable: 0,
      rows_conflict: 0,
      rows_already_done: 0,
      rows_remaining: 0,
      stopped_by: null,
      by_type: { model: { rows_scanned: 1, drift_events: 1 }, dataset: { rows_scanned: 16 } },
    });
    expect(findings.map((f) => `${f.subject} ${f.code} ${f.severity}`).sort()).toEqual([
      'absolute file.outside_root error',
      'array row.bad_metadata error',
      'climbs file.outside_root error',
      'drift drift.detected error',
      'fifo file.not_regular error',
      'given_up file.lost info',
      'link file.outside_root error',
      'lost file.lost error',
      'malformed digest.malformed warning',
      'no_file file.missing warning',
      'pointer file.pointer warning',
      'scalar row.bad_metadata error',
      'type:dataset file.not_regular warning',
    ]);
    expect(residual.map((row) => `${row.id} ${row.reason} ${row.file_path}`).sort()).toEqual([
      'given_up lost gone',
      'lost lost gone',
      'no_file no_file gone',
      'pointer pointer lfs',
    ]);
    expect(await world.metadata('array')).toBe('[]');
    expect(await world.metadata('lost')).toBe(`{"file_sha256": "${OTHER}"}`);
    expect(JSON.parse((await world.metadata('capitals')) ?? '')).toMatchObject({
      file_sha256: sha256('known'),
    });
    expect(await world.journal.log({})).toHaveLength(6);
  });

  it('reports drift with the row, both digests, size and time', async () => {
    await world.file('drifted', 'new content');
    await world.row('7', 'drifted', `{"file_sha256": "${OTHER}"}`);
    const { events } = await world.backfill();
    const notes = events.flatMap((event) => (event.type === 'note' ? [event] : []));
    expect(notes).toEqual([
      {
        type: 'note',
        level: 'warning',
        message: expect.stringMatching(
          new RegExp(`7.*was ${OTHER}, is ${sha256('new content')}, 11 bytes, mtime \\d{4}-`),
        ),
      },
    ]);
  });

  it('a missing file alone is not a failure, but more errors than allowed are', async () => {
    await world.row('1', 'gone');
    expect((await world.backfill()).outcome).toMatchObject({ status: 'ok', exitCode: 0 });
    await world.row('2', '../x');
    expect((await world.backfill()).outcome).toMatchObject({ status: 'findings', exitCode: 1 });
    expect((await world.backfill({ maxErrors: 1 })).outcome).toMatchObject({ status: 'ok', exitCode: 0 });
  });

  it('different files in two roots are ambiguous, and copies are not', async () => {
    const a = join(world.root, 'a');
    const b = join(world.root, 'b');
    await world.file('a/same', 'x');
    await world.file('b/same', 'x');
    await world.file('a/other', '1');
    await world.file('b/other', '2');
    await world.row('same', 'same');
    await world.row('other', 'other');
    const files = await openFiles({ roots: [{ path: a }, { path: b }], threads: 1, workerScript });
    const { outcome, findings } = await world.backfill({}, { files });
    expect(outcome.summary).toMatchObject({ rows_updated: 1, rows_conflict: 1 });
    expect(findings).toMatchObject([{ code: 'root.ambiguous', subject: 'other' }]);
    expect(await world.metadata('other')).toBe('{}');
  });
});

describe('rows that share a file', () => {
  it('hash it once, by any of its names', async () => {
    const content = 'x'.repeat(100_000);
    const path = await world.file('shared', content);
    await symlink('shared', join(world.root, 'link'));
    await world.sql(
      `insert into artifacts (id, artifact_type, file_path, metadata)
       select i::text, 'd', (array['shared', './shared', 'link', $1])[1 + i % 4], '{}' from generate_series(1, 3000) i`,
      [path],
    );
    const { outcome } = await world.backfill();
    expect(outcome.summary).toMatchObject({ rows_updated: 3000, bytes_hashed: content.length });
  });
});

describe('done rows', () => {
  it('are read again if they are old, or if their file differs from the record', async () => {
    await world.file('a', 'a');
    await world.file('b', 'b');
    await world.row('1', 'a');
    await world.row('2', 'b');
    await world.backfill();
    await world.file('a', 'longer');
    await rm(join(world.root, 'b'));
    expect((await world.backfill()).outcome).toMatchObject({
      exitCode: 0,
      summary: { rows_already_done: 2 },
    });
    const stat = await world.backfill({ stat: true, onDrift: 'hold' });
    expect(stat.outcome.summary).toMatchObject({ rows_scanned: 2, drift_events: 1, rows_lost: 1 });
    const recheck = await world.backfill({ recheckOlderThanMs: 0, onDrift: 'hold' });
    expect(recheck.outcome.summary).toMatchObject({ rows_scanned: 2, drift_events: 1, rows_lost: 1 });
    expect((await world.backfill({ recheckOlderThanMs: 3_600_000 })).outcome.summary.rows_scanned).toBe(0);
  });

  it('are no longer done if their path changes, unless someone else hashed the new file', async () => {
    await world.file('a', 'a');
    await world.file('b', 'a');
    await world.row('1', 'a');
    await world.row('2', 'a');
    await world.backfill();
    await world.sql(`update artifacts set file_path = 'b'`);
    await world.sql(
      `update artifacts set metadata = metadata || '{"file_sha256_computed_at": "2026-01-02T00:00:00Z"}' where id = '2'`,
    );
    const { outcome } = await world.backfill();
    expect(outcome.summary).toMatchObject({ rows_scanned: 1, rows_unchanged: 1, rows_already_done: 1 });
  });
});

describe('a dry run', () => {
  it('says what would be done, and leaves no trace', async () => {
    await world.file('a', 'a');
    await world.row('1', 'a', `{"file_sha256": "${OTHER}"}`);
    const writer = { commit: async () => new Set(['1']) };
    const { outcome } = await world.backfill({}, { writer, writes: false });
    expect(outcome).toMatchObject({ exitCode: 1, summary: { drift_events: 1, drift_open: 1 } });
    expect(await world.metadata('1')).toBe(`{"file_sha256": "${OTHER}"}`);
    expect(await world.sql('select from salvor.journal union all select from salvor.drift')).toEqual([]);
  });
});

describe('nothing, although something was expected', () => {
  it('is a failure', async () => {
    await world.row('1', null);
    await expect(world.backfill()).rejects.toMatchObject({ code: 'artifacts.none', exitCode: 3 });
  });
});
