import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.js';
import { SETTING_FLAGS } from '../src/cli/listings/effects.js';

/** What a recipe of docs/architecture.md asks for and the compiler cannot see. */
const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

function optionsOf(command: Command, path: string): { path: string; flag: string; name: string }[] {
  const own = command.options.map((option) => ({
    path,
    flag: option.long ?? option.flags,
    name: option.attributeName(),
  }));
  return [...own, ...command.commands.flatMap((sub) => optionsOf(sub, `${path} ${sub.name()}`))];
}

const options = commands().flatMap((command) => optionsOf(command, command.name()));

describe('a flag', () => {
  it('is used: a file other than its declaration reads it', () => {
    const declarations = ['src/cli/**/*.command.ts', 'src/cli/**/flags.ts', 'src/cli/**/effects.ts'];
    const users = globSync('src/cli/**/*.ts', { cwd: root, ignore: declarations }).map(read).join('\n');
    // Flags that overlay a configured backup are read under their setting's name.
    const settings = new Map(
      Object.entries(SETTING_FLAGS).map(([setting, flag]) => [flag as string, setting]),
    );
    const isRead = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(users);
    const idle = options.filter(({ name }) => !isRead(name) && !isRead(settings.get(name) ?? name));
    expect(
      idle.map(({ path, flag }) => `salvor ${path} ${flag}: nothing in src/cli reads it; pass it to the job`),
    ).toEqual([]);
  });
});

describe('an option of a job', () => {
  it.each(globSync('src/jobs/*/options.ts', { cwd: root }))('in %s is read by the job', (file) => {
    const options = [...read(file).matchAll(/^export interface \w*Options\b[^{]*\{\n([\s\S]*?)^\}/gm)];
    const names = options.flatMap(([, body = '']) =>
      [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name = '']) => name),
    );
    const users = globSync(`${dirname(file)}/**/*.ts`, { cwd: root, ignore: [file] })
      .map(read)
      .join('\n');
    expect(
      names.filter((name) => !new RegExp(`\\b${name}\\b`).test(users)),
      `options that nothing in ${dirname(file)} reads`,
    ).toEqual([]);
  });
});

describe('a page of the dashboard', () => {
  const found = (file: string, pattern: RegExp): string[] => [
    ...new Set([...read(file).matchAll(pattern)].map((match) => match[1] ?? '')),
  ];

  it('is in the navigation, opens by its address, and is drawn', () => {
    const addresses = /const PAGES = \[([^\]]*)\]/.exec(read('src/dashboard/routes/pages.ts'))?.[1] ?? '';
    const opened = [...addresses.matchAll(/'([^']+)'/g)].map((match) => match[1]).sort();
    expect(opened.length).toBeGreaterThan(5);
    const shown = found('src/dashboard/pages/places.ts', /href: '\/([^']+)'/g).sort();
    const drawn = found('src/dashboard/pages/app.tsx', /case '([a-z]+)'/g).sort();
    expect(shown, 'src/dashboard/pages/places.ts and PAGES in src/dashboard/routes/pages.ts').toEqual(opened);
    expect(
      drawn,
      'the switch in src/dashboard/pages/app.tsx and PAGES in src/dashboard/routes/pages.ts',
    ).toEqual(opened);
  });
});

it('the recipes refer only to existing files', () => {
  const page = read('docs/architecture.md');
  const recipes = page.slice(page.indexOf('## Recipes'), page.indexOf('## Rooms'));
  const paths = [...recipes.matchAll(/`((?:src|test|docs|changes)\/[^`*<]+)`/g)].map(
    (match) => match[1] ?? '',
  );
  expect(paths.length).toBeGreaterThan(20);
  const gone = paths.filter((path) => globSync(path.replace(/\/$/, '/**'), { cwd: root }).length === 0);
  expect(gone).toEqual([]);
});
