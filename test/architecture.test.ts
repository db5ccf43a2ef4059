import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom, as data. A room is the longest entry that a file's path starts with. `files` names the only
 * files of a room that others may see; `why` is what the failing test says.
 */
const ROOMS: Record<string, { may: string[]; why: string }> = {
  'src/core': {
    may: [],
    why: 'core is the words; it depends on nothing, so that everything may depend on it',
  },
  'src/events': { may: ['src/core'], why: 'events are told in words of core only' },
  'src/archive': { may: ['src/core'], why: 'formats are bytes in, values out: no I/O, no job, no store' },
  'src/objectstore': {
    may: ['src/core'],
    why: 'an adapter knows its port and its driver',
  },
  'src/inventory': {
    may: ['src/core', 'src/objectstore/port'],
    why: 'an adapter knows its port, its driver, and the store that it reads through',
  },
  'src/registry': { may: ['src/core'], why: 'an adapter knows its port and its driver' },
  'src/queue': {
    may: ['src/core', 'src/events', 'src/registry'],
    why: 'the queue knows its port, its driver, and the registry whose database it shares',
  },
  'src/health': {
    may: ['src/core', 'src/events', 'src/registry/port'],
    why: 'rules and sinks; no registry adapter',
  },
  'src/files': { may: ['src/core'], why: 'an adapter knows its port and the file system' },
  'src/decompress': { may: ['src/core', 'src/archive'], why: 'streams around formats' },
  'src/sources': {
    may: [
      'src/core',
      'src/archive',
      'src/objectstore/port',
      'src/jobs/recovery/source-port',
      'src/decompress',
      'src/files/stand-in',
    ],
    why: 'a source adapter knows its port and what it searches',
  },
  'src/jobs': {
    may: ['src/core', 'src/events', 'src/archive', 'src/decompress', 'src/files/stand-in', '**/*port'],
    why: 'jobs see ports, never adapters, and no job imports another',
  },
  'src/demo': { may: ['src/core', 'src/objectstore/port'], why: 'the demo world is data and a server' },
  'src/dashboard': {
    may: [
      'src/core',
      'src/health/prometheus-text',
      'src/registry/text',
      'src/registry/artifacts-shape',
      'src/registry/artifacts-done',
      'src/registry/runs/scope-key',
    ],
    why: 'the dashboard asks over its port: no job, no store, no adapter',
  },
  'src/dashboard/pages': {
    may: ['src/dashboard/api'],
    why: 'the pages run in a browser, and know of the server what its answers are',
  },
  'src/cli': { may: ['src'], why: 'the command line wires everything' },
};

/** Packages that only one room may use: the way in for a vendor is one door. */
const DOORS: Record<string, string> = {
  'pg-boss': 'src/queue',
  pg: 'src/registry',
  '@aws-sdk/': 'src/objectstore',
  '@smithy/': 'src/objectstore',
  '@duckdb/': 'src/inventory',
  commander: 'src/cli',
  picocolors: 'src/cli',
  hono: 'src/dashboard',
  '@hono/': 'src/dashboard',
  preact: 'src/dashboard/pages',
  '@preact/': 'src/dashboard/pages',
  uplot: 'src/dashboard/pages',
};

const root = join(import.meta.dirname, '..');
const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).sort();

function roomOf(file: string): string {
  const room = Object.keys(ROOMS)
    .filter((name) => file.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (room === undefined)
    throw new Error(`${file} stands in no room of the table: put it into one, or add the room`);
  return room;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:from\s+|import\s*\(\s*|^import\s+)'([^']+)'/gm);
  return [...found].map((match) => match[1] ?? '');
}

function allowed(from: string, to: string, may: readonly string[]): boolean {
  if (roomOf(from) === roomOf(to) && !crossesJobs(from, to)) return true;
  return may.some((entry) =>
    entry === '**/*port' ? /(^|[/-])port$/.test(to) : to === entry || to.startsWith(`${entry}/`),
  );
}

function crossesJobs(from: string, to: string): boolean {
  const job = (file: string): string | undefined => /^src\/jobs\/([^/]+)\//.exec(file)?.[1];
  return job(from) !== job(to);
}

describe('the import table holds', () => {
  it.each(files)('%s', (file) => {
    const room = ROOMS[roomOf(file)];
    const problems: string[] = [];
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.')) {
        const target = relative(root, join(root, dirname(file), specifier)).replace(/\.js$/, '');
        if (!allowed(file, target, room?.may ?? [])) problems.push(`${file} imports ${target}: ${room?.why}`);
      }
      const door = Object.entries(DOORS).find(([name]) => specifier === name || specifier.startsWith(name));
      if (!specifier.startsWith('node:') && door && !file.startsWith(`${door[1]}/`)) {
        problems.push(`${file} imports ${specifier}: only ${door[1]} may`);
      }
    }
    expect(problems).toEqual([]);
  });
});

it('every room of the table exists', () => {
  const empty = Object.keys(ROOMS).filter((room) => !files.some((file) => file.startsWith(`${room}/`)));
  expect(empty).toEqual([]);
});
