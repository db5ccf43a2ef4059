import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../src/cli/config/schema.js';

const root = join(import.meta.dirname, '..');

/** Every property name anywhere in the schema. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  const properties = (schema as { properties?: Record<string, unknown> }).properties ?? {};
  return [...Object.keys(properties), ...Object.values(schema).flatMap(keysOf)];
}

it('docs/configuration.md names every key of the configuration', () => {
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const words = new Set(page.match(/[a-z][a-z0-9_]*/g));
  expect([...new Set(keysOf(schema))].filter((key) => !words.has(key))).toEqual([]);
});

/** Every path in the second column; a path without a folder is in the folder of the path before it. */
function pathsOf(cell: string): string[] {
  let folder = '';
  return [...cell.matchAll(/`([^` ]+)`/g)].map(([, name = '']) => {
    const rooted = /^(src|docs|test)\//.test(name);
    if (rooted) folder = name.endsWith('/') ? name.slice(0, -1) : dirname(name);
    return rooted ? name : `${folder}/${name}`;
  });
}

it('docs/architecture.md refers only to existing files', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const cells = [...page.matchAll(/^\| [^|]+ \| ([^|]+) \|$/gm)].map(([, cell = '']) => cell);
  const paths = cells.flatMap((cell) => pathsOf(cell.replaceAll(/`(npm|salvor) [^`]*`/g, '')));
  expect(paths.length).toBeGreaterThan(50);
  const there = (path: string): boolean =>
    globSync(path.replace(/\/$/, ''), { cwd: root, onlyFiles: false, expandDirectories: false }).length > 0;
  expect(paths.filter((path) => !there(path))).toEqual([]);
});

/** Each picture of a pipeline: the folder that the sentence before it names, and the files in it. */
function pictures(page: string): { folder: string; files: string[] }[] {
  const section = page.slice(page.indexOf('## Pipelines'), page.indexOf('## Recipes'));
  return [...section.matchAll(/below `(src\/[^`]+\/)`[^\n]*\n+```\n([\s\S]*?)```/g)].map(
    ([, folder = '', picture = '']) => ({
      folder,
      files: [...picture.matchAll(/[\w*./-]+\.tsx?\b/g)].map(([file]) => file),
    }),
  );
}

it('the pictures of docs/architecture.md name files that are there', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const all = pictures(page);
  expect(all.length).toBe((page.match(/^```$/gm)?.length ?? 0) / 2);
  for (const { files } of all) expect(files.length).toBeGreaterThan(5);
  const gone = all.flatMap(({ folder, files }) =>
    files
      .map((file) => (file.startsWith('src/') ? file : `${folder}${file}`))
      .filter((path) => globSync(path, { cwd: root }).length === 0),
  );
  expect(gone).toEqual([]);
});

it('every other path in docs/architecture.md is there', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const paths = [...page.matchAll(/`((?:src|test|docs|changes|bench)\/[^` ]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(paths.length).toBeGreaterThan(80);
  const there = (path: string): boolean =>
    globSync(path.replace(/\/$/, ''), { cwd: root, onlyFiles: false, expandDirectories: false }).length > 0;
  expect([...new Set(paths)].filter((path) => !there(path))).toEqual([]);
});
