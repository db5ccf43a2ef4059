import { describe, expect, it } from 'vitest';
import { failureMode, type Residue } from '../../../src/jobs/recovery/report/failure-mode.js';
import type { SourceReport } from '../../../src/jobs/recovery/source-port.js';

const report = (changes: Partial<SourceReport>): SourceReport => ({
  source: 'git /repo',
  kind: 'git',
  state: 'complete',
  scope: 'every commit',
  files: 1,
  errors: [],
  findings: [],
  archivesSearched: 0,
  archivesStreamed: 0,
  bytesFetched: 0,
  ...changes,
});
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
const residue = (changes: Partial<Residue>): Residue => ({
  expected: ['liver.parquet'],
  filePath: null,
  unsearchable: [],
  rejected: [],
  history: [],
  sources: [report({})],
  ...changes,
});

describe('the most plausible failure mode', () => {
  const archives = (changes: Partial<SourceReport>): SourceReport =>
    report({ source: 'archives s3://b/', kind: 'archives', ...changes });
  const cases: [string, Partial<Residue>, string][] = [
    [
      'what was found is out',
      { rejected: ['the file is empty'] },
      'what was found is something else: the file is empty',
    ],
    [
      'the history knows',
      { history: ['deleted in commit 1a2b on 2026-03-01'] },
      'deleted in commit 1a2b on 2026-03-01',
    ],
    ['no name', { expected: [] }, 'nothing in the registry says what the file was called'],
    [
      'too short a name',
      { expected: ['a.b'], unsearchable: ['a.b'] },
      'its name (a.b) is too short to be looked for in listings',
    ],
    [
      'a source did not answer',
      { sources: [archives({ state: 'failed' })] },
      'expected liver.parquet; not every source answered: archives s3://b/',
    ],
    [
      'backups start too late',
      { createdAtMs: day('2026-01-02'), sources: [archives({ oldestMs: day('2026-04-24') })] },
      'expected liver.parquet, none found; the backups that were searched start on 2026-04-24, after it was made on 2026-01-02',
    ],
    [
      'never committed',
      {},
      'expected liver.parquet, none found, in any source: never committed, and in no backup or worktree that is left',
    ],
    [
      'a narrower search says so',
      { sources: [archives({ state: 'scoped', scope: 'the newest 2 of each series' })] },
      'expected liver.parquet, none found, searched: the newest 2 of each series',
    ],
  ];
  for (const [name, changes, text] of cases) {
    it(name, () => expect(failureMode(residue(changes))).toBe(text));
  }

  it('the last reference is always said', () => {
    const lastReference = { at: '2026-03-15', by: 'SDA-17' };
    expect(failureMode(residue({ lastReference }))).toMatch(/; last referenced 2026-03-15 in SDA-17$/);
  });
});
