import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** `{ a, b as c }` of an import from the built program, in any of the ways in which benches import. */
const IMPORTS = [
  /import \{([^}]+)\} from '(?:\.\.\/)+dist\/([\w/.-]+)\.js'/g,
  /const \{([^}]+)\} = await import\('(?:\.\.\/)+dist\/([\w/.-]+)\.js'\)/g,
  /const \{([^}]+)\} = await dist\('([\w/.-]+)\.js'\)/g,
];

interface Import {
  bench: string;
  source: string;
  names: string[];
}

function importsOf(bench: string): Import[] {
  const text = readFileSync(join(root, bench), 'utf8');
  return IMPORTS.flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ([, names = '', source = '']) => ({
      bench,
      source: `src/${source}.ts`,
      names: names.split(',').map(
        (name) =>
          name
            .trim()
            .split(/ as |:/)[0]
            ?.trim() ?? '',
      ),
    })),
  );
}

it('benches import only what the sources export: nothing else runs them before a release', () => {
  const imports = globSync('bench/**/*.mjs', { cwd: root }).flatMap(importsOf);
  expect(imports.length).toBeGreaterThan(20);
  const missing = imports.flatMap(({ bench, source, names }) => {
    if (!existsSync(join(root, source))) return [`${bench}: there is no ${source}`];
    const text = readFileSync(join(root, source), 'utf8');
    return names
      .filter(
        (name) =>
          name !== '' && !new RegExp(`^export (?:async |abstract )*\\w+\\*? ${name}\\b`, 'm').test(text),
      )
      .map((name) => `${bench}: ${source} does not export ${name}`);
  });
  expect(missing).toEqual([]);
});
