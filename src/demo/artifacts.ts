import { createHash } from 'node:crypto';

/** One row of the demo's registry, and where its file is. */
export interface DemoArtifact {
  id: string;
  type: 'dataset' | 'model' | 'figure' | 'notebook';
  path: string | null;
  metadata: Record<string, unknown>;
  /** What the file holds, wherever it is; null when it never was anywhere. */
  content: string | null;
  /** Where the file is now. */
  place: 'root' | 'git-history' | 'worktree' | 'backup' | 'nowhere';
}

const PLAIN = 24;

/**
 * Some 30 artifacts. Planted: a file whose recorded digest is another's (drift), a Git LFS pointer, a path that climbs
 * out of its root, and files that are gone: one still in git history, one in a worktree, one in the backups, one
 * whose name says nothing, one that is nowhere, and a model that was only ever in memory.
 */
export function demoArtifacts(): DemoArtifact[] {
  const plain = Array.from({ length: PLAIN }, (_, i): DemoArtifact => {
    const type = (['dataset', 'figure', 'notebook'] as const)[i % 3] ?? 'dataset';
    const name = { dataset: 'datasets/expression', figure: 'figures/panel', notebook: 'notebooks/analysis' }[
      type
    ];
    const extension = { dataset: 'csv', figure: 'svg', notebook: 'ipynb' }[type];
    const path = `${name}-${i}.${extension}`;
    return {
      id: `art-${String(i).padStart(3, '0')}`,
      type,
      path,
      metadata: { order: i },
      content: contentOf(type, i),
      place: 'root',
    };
  });
  return [
    ...plain,
    {
      ...dataset('art-drift', 'datasets/overwritten.csv', 'root'),
      metadata: {
        file_sha256: createHash('sha256').update('what it was when it was registered').digest('hex'),
      },
    },
    {
      ...dataset('art-pointer', 'datasets/large.csv', 'root'),
      content: `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
    },
    { ...dataset('art-outside', '../outside.csv', 'nowhere') },
    dataset('art-committed', 'datasets/deleted-in-git.csv', 'git-history'),
    dataset('art-worktree', 'datasets/left-in-a-worktree.csv', 'worktree'),
    dataset('art-backup', 'datasets/only-in-a-backup.csv', 'backup'),
    { ...dataset('art-generic', 'datasets/2026/data.csv', 'nowhere') },
    dataset('art-lost', 'datasets/never-anywhere.parquet', 'nowhere'),
    {
      id: 'art-memory',
      type: 'model',
      path: 'models/in-memory.joblib',
      metadata: { ram_only: true },
      content: null,
      place: 'nowhere',
    },
  ];
}

function dataset(id: string, path: string, place: DemoArtifact['place']): DemoArtifact {
  const content = place === 'nowhere' ? null : `gene,count\n${id},${path.length}\n`.repeat(50);
  return { id, type: 'dataset', path, metadata: {}, content, place };
}

function contentOf(type: string, i: number): string {
  if (type === 'figure') return `<svg xmlns="http://www.w3.org/2000/svg"><text>${i}</text></svg>\n`;
  if (type === 'notebook')
    return `${JSON.stringify({ cells: [], metadata: { i }, nbformat: 4, nbformat_minor: 5 })}\n`;
  return `gene,count\nBRCA${i},${i * 7}\n`.repeat(100 + i);
}

/** The table of the demo's registry: an ordinary one, made by an ordinary application. */
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

export function demoRow({ id, type, path, metadata }: DemoArtifact): unknown[] {
  const contentHash = createHash('sha256')
    .update(`${id}${JSON.stringify(metadata)}`)
    .digest('hex');
  return [id, type, `The ${type} ${id}`, path, contentHash, JSON.stringify(metadata)];
}
