import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, it } from 'vitest';

/** The kinds of change of https://keepachangelog.com/en/1.1.0/, in its order. */
const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const;

interface Change {
  file: string;
  kind: string;
  text: string;
}

const root = join(import.meta.dirname, '..');
const changes: Change[] = globSync('changes/*.md', { cwd: root, ignore: ['changes/README.md'] })
  .sort()
  .map((path) => {
    const [kind = '', ...lines] = readFileSync(join(root, path), 'utf8').trimEnd().split('\n');
    return { file: basename(path), kind, text: lines.join('\n').trim() };
  });

function unreleased(): string {
  const sections = KINDS.flatMap((kind) => {
    const entries = changes.filter((change) => change.kind === kind);
    return entries.length === 0 ? [] : [`### ${kind}\n\n${entries.map(entryOf).join('\n')}\n`];
  });
  return sections.join('\n');
}

const entryOf = ({ text }: Change): string => `- ${text.replaceAll('\n', '\n  ')}`;

it('every file in changes/ has a kind and a text', () => {
  const wrong = changes.filter(({ kind, text }) => !KINDS.some((known) => known === kind) || text === '');
  expect(wrong.map(({ file }) => `changes/${file}: the first line is one of ${KINDS.join(', ')}`)).toEqual(
    [],
  );
});

it('CHANGELOG.md has the changes since the last release (npm run docs writes them)', () => {
  const page = join(root, 'CHANGELOG.md');
  const text = readFileSync(page, 'utf8');
  const written = text.replace(
    /(## \[Unreleased\]\n\n)[\s\S]*?(?=\n## |$)/,
    (_all, head: string) => head + unreleased(),
  );
  if (process.env.UPDATE_DOCS) writeFileSync(page, written);
  expect(text).toBe(written);
});
