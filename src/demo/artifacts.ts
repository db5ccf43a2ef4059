import { createHash } from 'node:crypto';

/** One row of the demo's registry, and the place of its file. */
export interface DemoArtifact {
  id: string;
  type: 'dataset' | 'model' | 'figure' | 'notebook';
  title: string;
  path: string | null;
  metadata: Record<string, unknown>;
  /** The content of the file; null if it never existed. */
  content: string | null;
  /** The place of the file. */
  place: 'root' | 'git-history' | 'worktree' | 'backup' | 'nowhere';
}

const PLAIN = 24;

const KINDS = {
  dataset: { path: 'datasets/expression', extension: 'csv', title: 'Expression counts, batch' },
  figure: { path: 'figures/panel', extension: 'svg', title: 'Volcano plot, panel' },
  notebook: { path: 'notebooks/analysis', extension: 'ipynb', title: 'Differential expression, run' },
} as const;

/**
 * About 35 artifacts. Planted faults: a file with the wrong recorded digest (drift), a Git LFS pointer, a path outside
 * its root, and missing files: one in git history, one in a worktree, one in the backups, one with different versions
 * in two worktrees, one with a generic name, one that is nowhere, and a model that was only in memory. `meanwhile.ts`
 * plants later damage.
 */
export function demoArtifacts(): DemoArtifact[] {
  const plain = Array.from({ length: PLAIN }, (_, i): DemoArtifact => {
    const type = (['dataset', 'figure', 'notebook'] as const)[i % 3] ?? 'dataset';
    const { path, extension, title } = KINDS[type];
    return {
      id: `art-${String(i).padStart(3, '0')}`,
      type,
      title: `${title} ${i}`,
      path: `${path}-${i}.${extension}`,
      metadata: { order: i },
      content: contentOf(type, i),
      place: 'root',
    };
  });
  return [
    ...plain,
    {
      ...dataset('art-drift', 'Plate layout, as measured', 'datasets/overwritten.csv', 'root'),
      metadata: {
        file_sha256: createHash('sha256').update('what it was when it was registered').digest('hex'),
      },
    },
    {
      ...dataset('art-pointer', 'Raw reads, all plates', 'datasets/large.csv', 'root'),
      content: `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
    },
    dataset('art-outside', 'Shared controls', '../outside.csv', 'nowhere'),
    dataset('art-committed', 'Gene annotations', 'datasets/deleted-in-git.csv', 'git-history'),
    dataset('art-worktree', 'Cell counts of run 7', 'datasets/left-in-a-worktree.csv', 'worktree'),
    dataset('art-backup', 'Dose response', 'datasets/only-in-a-backup.csv', 'backup'),
    dataset('art-versions', 'Well counts', 'datasets/plates/well-counts.csv', 'nowhere'),
    dataset('art-generic', 'Survey of 2026', 'datasets/2026/data.csv', 'nowhere'),
    dataset('art-lost', 'Single-cell atlas', 'datasets/never-anywhere.parquet', 'nowhere'),
    {
      id: 'art-memory',
      type: 'model',
      title: 'Classifier of run 3',
      path: 'models/in-memory.joblib',
      metadata: { ram_only: true },
      content: null,
      place: 'nowhere',
    },
  ];
}

/** Files left in a worktree that may or may not belong to an artifact. */
export const LEFTOVERS: readonly { worktree: string; path: string; content: string; ageHours: number }[] = [
  { worktree: 'run-7', path: 'notes/data.csv', content: 'x,y\n1,2\n', ageHours: 300 },
  ...[
    { worktree: 'run-7', rows: 96, ageHours: 300 },
    { worktree: 'run-9', rows: 384, ageHours: 70 },
  ].map(({ worktree, rows, ageHours }) => ({
    worktree,
    path: 'datasets/plates/well-counts.csv',
    content: `well,count\n${Array.from({ length: rows }, (_, i) => `${i + 1},${(i * 37) % 101}\n`).join('')}`,
    ageHours,
  })),
];

function dataset(id: string, title: string, path: string, place: DemoArtifact['place']): DemoArtifact {
  const content = place === 'nowhere' ? null : `gene,count\n${id},${path.length}\n`.repeat(50);
  return { id, type: 'dataset', title, path, metadata: {}, content, place };
}

function contentOf(type: string, i: number): string {
  if (type === 'figure') return `<svg xmlns="http://www.w3.org/2000/svg"><text>${i}</text></svg>\n`;
  if (type === 'notebook')
    return `${JSON.stringify({ cells: [], metadata: { i }, nbformat: 4, nbformat_minor: 5 })}\n`;
  return `gene,count\nBRCA${i},${i * 7}\n`.repeat(100 + i);
}

/** The artifact table, as an ordinary application would create it. */
export const DEMO_TABLE_SQL = `create table artifacts (
  id text primary key,
  artifact_type text not null,
  title text,
  file_path text,
  content_hash text not null,
  metadata jsonb not null default '{}'
)`;

/** Inserts one artifact; its values are `demoRow`'s. */
export const DEMO_INSERT_SQL =
  'insert into artifacts (id, artifact_type, title, file_path, content_hash, metadata) values ($1, $2, $3, $4, $5, $6)';

export function demoRow({ id, type, title, path, metadata }: DemoArtifact): unknown[] {
  const contentHash = createHash('sha256')
    .update(`${id}${JSON.stringify(metadata)}`)
    .digest('hex');
  return [id, type, title, path, contentHash, JSON.stringify(metadata)];
}
