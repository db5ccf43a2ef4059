import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding.js';
import { openArtifacts } from '../../../src/registry/artifacts/artifacts.js';
import { connect, type Database } from '../../../src/registry/database.js';
import { PostgresDrift } from '../../../src/registry/drift/drift.js';
import { PostgresJournal } from '../../../src/registry/journal/journal.js';
import { undoJournal } from '../../../src/registry/journal/undo.js';
import { PLAIN } from '../../registry/artifacts-support.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import { expectedFindings, plant, resultOf, stateOf } from './planted.js';
import { runBackfill } from './support.js';

const COUNT = 8000;
let fresh: FreshDatabase;
let db: Database;
let root: string;
beforeEach(async () => {
  fresh = await freshDatabase();
  db = await connect(fresh.url);
  root = mkdtempSync(join(tmpdir(), 'salvor-planted-'));
  await plant(db, root, COUNT);
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  rmSync(root, { recursive: true });
});

const expected = (result: string): number =>
  Array.from({ length: COUNT }, (_, i) => i).filter((i) => resultOf(i) === result).length;

describe('8,000 artifacts of 7 types with drift, gaps and traps', () => {
  it('end in exactly the planted state with exactly the planted findings; after an undo they are restored to the byte', async () => {
    const raw = async () =>
      (await db.query('select *, metadata::text as raw from artifacts order by id')).rows;
    const before = await raw();
    const artifacts = await openArtifacts(db, { ...PLAIN, guard: ['content_hash', 'title'] });
    const { outcome, findings, runId } = await runBackfill(
      root,
      artifacts,
      new PostgresDrift(db, artifacts.shape.table),
      {},
      {},
    );
    expect(outcome.summary).toMatchObject({
      rows_scanned: COUNT - expected('no_path') - expected('already_done'),
      rows_updated: expected('updated'),
      rows_unchanged: expected('unchanged'),
      drift_events: expected('drift'),
      drift_open: expected('drift'),
      rows_no_file: expected('no_file'),
      rows_lost: expected('lost'),
      rows_pointer: expected('pointer'),
      rows_outside_root: expected('outside_root'),
      rows_not_regular: expected('not_regular'),
      rows_bad_metadata: expected('bad_metadata'),
      rows_already_done: expected('already_done'),
      rows_remaining: 0,
    });
    expect(Object.keys(outcome.summary.by_type)).toHaveLength(7);
    expect(findings.flatMap(namesOf).sort()).toEqual(expectedFindings(COUNT));
    const directories = findings.filter(({ code }) => code === 'file.not_regular');
    expect(directories.reduce((sum, { detail }) => sum + Number(detail?.directories), 0)).toBe(
      expected('not_regular'),
    );
    const after = await stateOf(db);
    const again = await runBackfill(root, artifacts, new PostgresDrift(db, artifacts.shape.table), {}, {});
    expect(again.outcome.summary).toMatchObject({ rows_updated: 0, rows_unchanged: 0, drift_events: 0 });
    expect(await stateOf(db)).toEqual(after);
    const undone = await undoJournal(
      { target: { runId }, runId: null, actor: 'test', reason: null },
      {
        runs: { isRunning: async () => false },
        journal: new PostgresJournal(db),
        artifacts: artifacts.reader,
        writer: artifacts.writer(),
        onRefused: (finding) => {
          throw new Error(finding.message);
        },
        signal: new AbortController().signal,
      },
    );
    expect(undone).toMatchObject({
      undone: expected('updated') + expected('unchanged') + expected('drift'),
      refused: 0,
    });
    expect(await raw()).toEqual(before);
  });
});

/** Directories have one finding for each type. */
function namesOf({ code, subject }: Finding): string[] {
  return code === 'file.not_regular' ? [] : [`${code} ${subject}`];
}
