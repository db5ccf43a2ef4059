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
  const scoped = archives({ state: 'scoped', scope: 'the newest 2 of each series', archivesSearched: 2 });
  const older = {
    path: 'data/liver.parquet',
    archive: 's3://b/a-2026-11-12.tar.gz',
    rank: 3,
    dateMs: day('2026-11-12'),
  };
  const rule = { reason: 'weights were only ever in memory', archives: 2 as const };
  const cases: [string, Partial<Residue>, string][] = [
    [
      'what was found is out',
      { rejected: ['the file is empty'] },
      'all candidates were ruled out: the file is empty',
    ],
    [
      'a rule that cannot be used yet',
      { rule, expected: [], sources: [scoped] },
      'weights were only ever in memory (not marked as unrecoverable yet: not all archives were searched (use `--archives all`); not searched completely: archives s3://b/)',
    ],
    [
      'deleted, and in no archive',
      { history: ['deleted in commit 1a2b on 2026-03-01'], sources: [scoped] },
      'deleted in commit 1a2b on 2026-03-01; not in any searched archive',
    ],
    [
      'in an older archive',
      { older, sources: [scoped], createdAtMs: day('2026-01-02') },
      'found in the third newest archive, 2026-11-12 (s3://b/a-2026-11-12.tar.gz), which was not searched: use `--archives 3`',
    ],
    [
      'in a worktree that is gone',
      { goneDirectory: '/worktrees/quest-7' },
      'its directory /worktrees/quest-7 no longer exists: probably a removed worktree',
    ],
    [
      'a stand-in without content',
      { standIn: 'a Git LFS pointer to 1a2b' },
      'its path has only a Git LFS pointer to 1a2b, and the content was not found anywhere',
    ],
    [
      'a source did not answer',
      { sources: [archives({ state: 'failed' })] },
      'unknown, because these sources could not be searched: archives s3://b/',
    ],
    [
      'too short a name',
      { expected: ['a.b'], unsearchable: ['a.b'] },
      'its name (a.b) is too short to search listings for',
    ],
    [
      'created after the newest backup',
      {
        createdAtMs: day('2026-05-02'),
        sources: [archives({ newestMs: day('2026-05-01'), oldestMs: day('2026-04-01') })],
      },
      'created on 2026-05-02, after the newest searched backup (2026-05-01)',
    ],
    [
      'in no backup of its lifetime',
      {
        createdAtMs: day('2026-04-24'),
        sources: [report({}), archives({ newestMs: day('2026-05-01'), oldestMs: day('2026-04-01') })],
      },
      'never committed, and not in any backup since it was created: the backups go back to 2026-04-01',
    ],
    [
      'older than every backup, when all were searched',
      {
        createdAtMs: day('2026-01-02'),
        sources: [archives({ oldestMs: day('2026-04-24'), newestMs: day('2026-05-01') })],
      },
      'not found; created on 2026-01-02, before the oldest backup (2026-04-24)',
    ],
    [
      'the newest two are no reason to speak of the oldest backup',
      {
        createdAtMs: day('2026-01-02'),
        sources: [{ ...scoped, oldestMs: day('2026-11-27'), newestMs: day('2026-11-28') }],
      },
      'not found, and not in any searched backup',
    ],
    ['never committed', {}, 'never committed'],
    ['no name', { expected: [] }, 'the registry does not record the name of the file'],
    [
      'a date that is none',
      { createdAtMs: day('2026-01-02'), sources: [archives({ oldestMs: Number.POSITIVE_INFINITY })] },
      'not found, and not in any searched backup',
    ],
  ];
  for (const [name, changes, text] of cases) {
    it(name, () =>
      expect(failureMode(residue(changes)).split('; searched ')[0]).toMatch(new RegExp(`${escaped(text)}$`)),
    );
  }

  it('reports what was expected, what was searched and how completely, and the newest reference', () => {
    const lastReference = { at: '2026-03-15', by: 'SDA-17' };
    expect(failureMode(residue({ lastReference, sources: [report({}), scoped] }))).toBe(
      'expected liver.parquet, none found; never committed, and not in any searched backup; searched 2 sources: git /repo (completely), archives s3://b/ (the newest 2 of each series); last referenced 2026-03-15 in SDA-17',
    );
  });

  it('a directory is reported as a directory', () => {
    expect(failureMode(residue({ filePath: 'datasets/cohort/', expected: ['cohort'] }))).toMatch(
      /^expected the directory datasets\/cohort\/, but recovery restores only files; /,
    );
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
