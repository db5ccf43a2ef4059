import { describe, expect, it } from 'vitest';
import type { ArtifactRow } from '../../src/registry/artifacts/artifacts-port.js';
import type { JournalEntry } from '../../src/registry/journal/journal-port.js';
import { type JournalValues, writeJournalValues } from '../../src/registry/journal/journal-values.js';
import { keysOf, planUndo } from '../../src/registry/journal/undo-plan.js';

/** What undoing an entry does, case by case: no value that changed since may be overwritten. */
const NOTE = { runId: null, actor: 'ops', action: 'undo', reason: null };
const CONTEXT = { table: 'public.artifacts', note: NOTE };

const WITHOUT: JournalValues = { metadata: { isNull: false, keys: {} } };
const WITH: JournalValues = {
  metadata: { isNull: false, keys: { file_sha256: '"aa"', file_size_bytes: '3' } },
};

function entry(before: JournalValues, after: JournalValues, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    ...{ id: '7', runId: null, artifactId: 'x', table: 'public.artifacts', action: 'checksum', reason: null },
    ...{ actor: 'ops', at: new Date(0), undoes: null, undoneBy: null },
    before: writeJournalValues(before),
    after: writeJournalValues(after),
    ...more,
  };
}

function row(keys: Record<string, string | null>, path: string | null = 'a.csv'): ArtifactRow {
  return {
    ...{ id: 'x', type: 'dataset', path, digest: null },
    metadata: { kind: 'object', wasNull: false, keys, raw: null },
  };
}

const asWritten = { file_sha256: '"aa"', file_size_bytes: '3' };

describe('undoing an entry about metadata', () => {
  it('takes keys away that were not there, and forgets what is known of the file', () => {
    expect(planUndo(entry(WITHOUT, WITH), row(asWritten), CONTEXT)).toEqual({
      kind: 'change',
      decision: undefined,
      change: {
        artifactId: 'x',
        read: { path: 'a.csv', metadata: row(asWritten).metadata },
        keys: { file_sha256: null, file_size_bytes: null },
        backToNull: false,
        note: { ...NOTE, undoes: '7' },
        digest: 'forget',
      },
    });
  });

  it('gives keys their former values, as they were written', () => {
    const before: JournalValues = {
      metadata: { isNull: false, keys: { file_sha256: '"bb"', note: '1.50' } },
    };
    const plan = planUndo(entry(before, WITH), row({ ...asWritten, note: null }), CONTEXT);
    expect(plan).toMatchObject({
      change: { keys: { file_sha256: '"bb"', note: '1.50', file_size_bytes: null } },
    });
  });

  it('makes metadata NULL again where it was', () => {
    const before: JournalValues = { metadata: { isNull: true, keys: {} } };
    expect(planUndo(entry(before, WITH), row(asWritten), CONTEXT)).toMatchObject({
      change: { backToNull: true },
    });
  });

  it('keeps what is known of the file where the keys are not about it', () => {
    const after: JournalValues = { metadata: { isNull: false, keys: { reviewed: 'true' } } };
    const plan = planUndo(entry(WITHOUT, after), row({ reviewed: 'true' }), CONTEXT);
    expect(plan.kind === 'change' && plan.change).not.toHaveProperty('digest');
    expect(plan.kind === 'change' && plan.change).not.toHaveProperty('path');
  });

  it('takes the same value in another spelling for the same', () => {
    const spelled = { file_sha256: '"aa"', file_size_bytes: '3.0' };
    expect(planUndo(entry(WITHOUT, WITH), row(spelled), CONTEXT)).toMatchObject({ kind: 'change' });
  });

  it.each([
    [
      'has another value',
      { ...asWritten, file_size_bytes: '4' },
      'its metadata.file_size_bytes was changed since',
    ],
    ['is gone', { ...asWritten, file_sha256: null }, 'its metadata.file_sha256 was changed since'],
  ])('is refused where a key %s', (_, keys, reason) => {
    expect(planUndo(entry(WITHOUT, WITH), row(keys), CONTEXT)).toEqual({ kind: 'refused', reason });
  });

  it('is refused where a key that it took away is there again', () => {
    const plan = planUndo(entry(WITH, WITHOUT), row({ ...asWritten, file_sha256: null }), CONTEXT);
    expect(plan).toEqual({ kind: 'refused', reason: 'its metadata.file_size_bytes was changed since' });
  });

  it('is refused where the metadata cannot be read now', () => {
    const bad: ArtifactRow = { ...row({}), metadata: { kind: 'bad', reason: 'it is a list' } };
    expect(planUndo(entry(WITHOUT, WITH), bad, CONTEXT)).toEqual({
      kind: 'refused',
      reason: 'its metadata was changed since: it is a list',
    });
  });

  it('is refused where the row is gone', () => {
    expect(planUndo(entry(WITHOUT, WITH), undefined, CONTEXT)).toEqual({
      kind: 'refused',
      reason: 'the row is gone',
    });
  });
});

describe('undoing an entry about a path', () => {
  it('gives the row its former path, and forgets what is known of the file', () => {
    expect(planUndo(entry({ path: null }, { path: 'a.csv' }), row({}), CONTEXT)).toMatchObject({
      kind: 'change',
      change: { path: null, keys: {}, digest: 'forget' },
    });
  });

  it('is refused where the path was changed since', () => {
    expect(planUndo(entry({ path: null }, { path: 'a.csv' }), row({}, 'b.csv'), CONTEXT)).toEqual({
      kind: 'refused',
      reason: 'its file_path was changed since',
    });
  });

  it('to no path is refused where it has one again', () => {
    expect(planUndo(entry({ path: 'a.csv' }, { path: null }), row({}, 'b.csv'), CONTEXT)).toMatchObject({
      kind: 'refused',
    });
  });
});

describe('undoing a decision about drift', () => {
  const OPEN: JournalValues = { drift: { id: '3', state: 'open' } };
  const ACCEPTED: JournalValues = { drift: { id: '3', state: 'accepted' } };
  const decision = {
    ...{ driftId: '3', artifactId: 'x', from: 'accepted', to: 'open' },
    note: { ...NOTE, undoes: '7' },
  };

  it('opens the entry again, and changes no artifact if the decision changed none', () => {
    expect(planUndo(entry(OPEN, ACCEPTED), undefined, CONTEXT)).toEqual({
      ...{ kind: 'change', change: undefined, decision },
    });
  });

  it('with a digest that it wrote: takes both back', () => {
    const plan = planUndo(entry({ ...WITHOUT, ...OPEN }, { ...WITH, ...ACCEPTED }), row(asWritten), CONTEXT);
    expect(plan).toMatchObject({ kind: 'change', decision, change: { keys: { file_sha256: null } } });
  });

  it('with a digest that was changed since: takes back neither', () => {
    const both = entry({ ...WITHOUT, ...OPEN }, { ...WITH, ...ACCEPTED });
    expect(planUndo(both, row({ ...asWritten, file_sha256: '"cc"' }), CONTEXT).kind).toBe('refused');
    expect(planUndo(both, undefined, CONTEXT).kind).toBe('refused');
  });

  it('with a path that it wrote: takes both back', () => {
    const both = entry({ path: null, ...OPEN }, { path: 'a.csv', ...ACCEPTED });
    expect(planUndo(both, row({}), CONTEXT)).toMatchObject({ decision, change: { path: null } });
  });
});

describe('whatever the entry is about, undoing it is refused', () => {
  it('where it is about another table', () => {
    const other = entry(WITHOUT, WITH, { table: 'lab.artifacts' });
    expect(planUndo(other, row(asWritten), CONTEXT)).toEqual({
      kind: 'refused',
      reason: 'it is about the table lab.artifacts, and registry.table is public.artifacts',
    });
  });

  it('where it was undone already', () => {
    const undone = entry(WITHOUT, WITH, { undoneBy: '9' });
    expect(planUndo(undone, row(asWritten), CONTEXT)).toEqual({
      kind: 'refused',
      reason: 'it was taken back by entry 9',
    });
  });

  it('not where it is older than the column that names the table', () => {
    expect(planUndo(entry(WITHOUT, WITH, { table: '' }), row(asWritten), CONTEXT).kind).toBe('change');
  });
});

it('the keys of an entry are those that it wrote and those that it took away, once each', () => {
  const before: JournalValues = { metadata: { isNull: false, keys: { a: '1', b: '2' } } };
  const after: JournalValues = { metadata: { isNull: false, keys: { b: '3', c: '4' } } };
  expect(keysOf(entry(before, after)).sort()).toEqual(['a', 'b', 'c']);
  expect(keysOf(entry({ path: 'a' }, { path: 'b' }))).toEqual([]);
});
