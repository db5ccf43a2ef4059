import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';

interface Room {
  /** What is in it, for docs/architecture.md. */
  is: string;
  /** What its files may import besides each other. */
  may: string[];
  /** What the failing test says. */
  why: string;
}

/** Who may import whom, as data. A room is the longest entry that a file's path starts with. */
const ROOMS: Record<string, Room> = {
  'src/core': {
    is: 'the words: failure, finding, codes, sizes, durations, clock, keys',
    may: [],
    why: 'core is the words; it depends on nothing, so that everything may depend on it',
  },
  'src/events': {
    is: 'what happened, as a typed union; reporters',
    may: ['src/core'],
    why: 'events use only types from core',
  },
  'src/archive': {
    is: 'formats: tar, gzip checkpoints, listings, index. Bytes in, values out',
    may: ['src/core'],
    why: 'formats are bytes in, values out: no I/O, no job, no store',
  },
  'src/objectstore': {
    is: 'port.ts; s3, directory; decorators: retrying, resuming, throttled',
    may: ['src/core'],
    why: 'an adapter knows its port and its driver',
  },
  'src/inventory': {
    is: 'S3 Inventories as a store that can be listed, and which store has one; DuckDB',
    may: ['src/core', 'src/objectstore/port'],
    why: 'an adapter knows its port, its driver, and the store that it reads through',
  },
  'src/registry': {
    is: "ports, migrations, all SQL on Salvor's tables, the embedded server",
    may: ['src/core'],
    why: 'an adapter knows its port and its driver',
  },
  'src/registry/queries/dashboard': {
    is: "what the dashboard's pages show of Salvor's tables",
    may: [
      'src/core',
      'src/registry',
      'src/health/prometheus-text',
      'src/dashboard/api',
      'src/dashboard/port',
      'src/dashboard/security/refusal',
    ],
    why: 'queries ask over the port of the dashboard and answer with the types of its API',
  },
  'src/queue': {
    is: "work shared between hosts: port.ts, the worker's loop; pg-boss behind it",
    may: ['src/core', 'src/events', 'src/registry'],
    why: 'the queue knows its port, its driver, and the registry whose database it shares',
  },
  'src/health': {
    is: "health events and their sinks; the watchdog's rules",
    may: ['src/core', 'src/registry/port'],
    why: 'rules and sinks; no registry adapter',
  },
  'src/files': {
    is: 'files below the configured roots, hashed on threads',
    may: ['src/core'],
    why: 'an adapter knows its port and the file system',
  },
  'src/decompress': {
    is: 'streams around the formats',
    may: ['src/core', 'src/archive'],
    why: 'streams around formats',
  },
  'src/sources': {
    is: 'where missing files may be: directories, git, archives',
    may: [
      'src/core',
      'src/archive',
      'src/objectstore/port',
      'src/jobs/recovery/source-port',
      'src/files/stand-in',
      'src/files/annex-key',
    ],
    why: 'a source adapter knows its port and what it searches',
  },
  'src/exports': {
    is: 'what other programs may import: `salvor/index-format`, `salvor/report-types`',
    may: ['src/core', 'src/archive', 'src/jobs'],
    why: 'what others import is formats and types, and does nothing',
  },
  'src/jobs': {
    is: 'options, pure decisions, run.ts; one folder per job',
    may: ['src/core', 'src/events', 'src/archive', 'src/files/stand-in', '**/*port'],
    why: 'jobs see ports, never adapters, and no job imports another',
  },
  'src/demo': {
    is: 'a world and an S3 server on the loopback interface',
    may: ['src/core'],
    why: 'the demo world is data and a server',
  },
  'src/dashboard': {
    is: 'server; reads and decisions over its own port',
    may: [
      'src/core',
      'src/dashboard/api',
      'src/health/prometheus-text',
      'src/registry/artifacts/table-schema',
      'src/registry/port',
      'src/registry/queries',
    ],
    why: 'the dashboard asks over its port: no job, no store, no adapter',
  },
  'src/dashboard/api': {
    is: 'types of what the server answers and the pages read',
    may: [],
    why: 'both sides compile against it, and one of them is a browser',
  },
  'src/dashboard/pages': {
    is: 'pages, in a browser',
    may: ['src/core/format-size', 'src/core/pluralize', 'src/dashboard/api'],
    why: 'the pages run in a browser, and know of the server what its answers are',
  },
  'src/cli': {
    is: 'commands by noun, configuration, wiring, output',
    may: ['src'],
    why: 'the command line wires everything',
  },
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
  if (room === undefined) throw new Error(`${file} is in no room of the table: move it, or add the room`);
  return room;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:from\s+|import\s*\(\s*|^import\s+)'([^']+)'/gm);
  return [...found].map((match) => match[1] ?? '');
}

/** The files that a file imports, types and lazy imports included, without their ending. */
function targetsOf(file: string): string[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(root, join(root, dirname(file), specifier)).replace(/\.js$/, ''));
}

function withoutEnding(file: string): string {
  return file.replace(/\.tsx?$/, '');
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
    for (const target of targetsOf(file)) {
      if (!allowed(file, target, room?.may ?? [])) problems.push(`${file} imports ${target}: ${room?.why}`);
    }
    for (const specifier of importsOf(file)) {
      const door = Object.entries(DOORS).find(([name]) => specifier === name || specifier.startsWith(name));
      if (!specifier.startsWith('node:') && door && !file.startsWith(`${door[1]}/`)) {
        problems.push(`${file} imports ${specifier}: only ${door[1]} may`);
      }
    }
    expect(problems).toEqual([]);
  });
});

it('no files import each other in a circle, types and lazy imports included', () => {
  const circles = circlesIn(new Map(files.map((file) => [withoutEnding(file), targetsOf(file)])));
  expect(
    circles.map((circle) => `${circle.join(' <-> ')}: move what they share to a file of its own`),
  ).toEqual([]);
});

it('a circle of imports would be found', () => {
  const graph = new Map([
    ['a', ['b', 'leaf']],
    ['b', ['c']],
    ['c', ['a']],
    ['leaf', []],
    ['pair', ['other', 'a']],
    ['other', ['pair']],
  ]);
  expect(circlesIn(graph)).toEqual([
    ['a', 'b', 'c'],
    ['other', 'pair'],
  ]);
});

/** The strongly connected parts of more than one file, by Tarjan's algorithm. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    const position = order.size;
    order.set(file, position);
    lowest.set(file, position);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      if (!order.has(target)) visit(target);
      else if (!stack.includes(target)) continue;
      lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(target) ?? 0));
    }
    if (lowest.get(file) !== position) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}

/** Where SQL on Salvor's own tables may be. */
const SCHEMA_ROOM = 'src/registry/';

it("only one room has SQL on Salvor's tables", () => {
  const tables = salvorTables();
  expect(tables).toContain('journal');
  const sql = new RegExp(
    `(?:\\b(?:from|join|into|update|table|using|only)\\s+|regclass\\(')salvor\\.(${tables.join('|')})\\b`,
    'g',
  );
  expect('select id from salvor.journal').toMatch(sql);
  const outside = files
    .filter((file) => !file.startsWith(SCHEMA_ROOM))
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(sql)].map(([text]) => `${file}: ${text}`),
    );
  expect(outside.map((place) => `${place}: move the statement to src/registry/queries`)).toEqual([]);
});

/** Every table that a migration makes, so that a new one is known here by itself. */
function salvorTables(): string[] {
  const migrations = files.filter((file) => file.startsWith('src/registry/migrations/'));
  const made = migrations.flatMap((file) => [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /create (?:unlogged )?table (?:if not exists )?salvor\.(\w+)/g,
    ),
  ]);
  return [...new Set(made.map((match) => match[1] ?? ''))].sort();
}

it('functions take at most 4 positional parameters, and an object beyond that', () => {
  const long = files.flatMap((file) =>
    longSignatures(readFileSync(join(root, file), 'utf8')).map((name) => `${file}: ${name}`),
  );
  expect(longSignatures('function f(a: A, { b, c }: B, d: D, e: E, g = 1): void {')).toEqual(['f']);
  expect(longSignatures('function f(a: Map<A, B>, b: (x: A, y: B) => C, d: D, e: E): void {')).toEqual([]);
  expect(long).toEqual([]);
});

/** Names of functions, methods and constructors declared with more than 4 parameters. */
function longSignatures(text: string): string[] {
  const heads =
    /(?:^|\n)[ \t]*(?:(?:export|static|private|async|override|function\*?) +)*\*?(#?[A-Za-z_]\w*)\s*(?:<[^>()]*>)?\(/g;
  const keywords = ['if', 'for', 'while', 'switch', 'catch', 'return', 'await', 'throw', 'super'];
  return [...text.matchAll(heads)].flatMap((match) => {
    const name = match[1] ?? '';
    const parameters = keywords.includes(name) ? [] : parametersAt(text, match.index + match[0].length);
    const areDeclared = parameters.every((one) =>
      /^\s*(\/\*[\s\S]*?\*\/\s*|readonly |private )*[\w{[#][\s\S]*?\??(:|=)/.test(one),
    );
    return parameters.length > 4 && areDeclared ? [name] : [];
  });
}

/** What is between a parenthesis, which was opened before `at`, and its end, split at the commas of that level. */
function parametersAt(text: string, at: number): string[] {
  const parameters = [''];
  for (let i = at, depth = 1, angle = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth -= 1;
    if (char === '<') angle += 1;
    if (char === '>' && text[i - 1] !== '=') angle -= 1;
    if (depth === 0) break;
    if (char === ',' && depth === 1 && angle <= 0) parameters.push('');
    else parameters[parameters.length - 1] += char;
  }
  return parameters.filter((one) => one.trim() !== '');
}

it('private members of a class begin with #', () => {
  const said = files.filter((file) =>
    / private (?!constructor)(?:readonly |static |async )*[a-z]\w*\??[(:<=]|^ {2}private (?!constructor)[a-z]/m.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  );
  expect(said).toEqual([]);
});

it('every room of the table exists', () => {
  const empty = Object.keys(ROOMS).filter((room) => !files.some((file) => file.startsWith(`${room}/`)));
  expect(empty).toEqual([]);
});

it('the table permits nothing that is unused', () => {
  const idle = Object.entries(ROOMS).flatMap(([room, { may }]) =>
    may
      .filter((entry) => entry !== 'src')
      .filter((entry) => !files.some((file) => roomOf(file) === room && usesPermission(file, entry)))
      .map((entry) => `${room} may import ${entry}, and does not: take the permission away`),
  );
  expect(idle).toEqual([]);
});

function usesPermission(file: string, entry: string): boolean {
  return targetsOf(file).some((target) => roomOf(target) !== roomOf(file) && allowed(file, target, [entry]));
}

it('docs/architecture.md has this table (npm run docs writes it)', () => {
  const page = join(root, 'docs/architecture.md');
  const text = readFileSync(page, 'utf8');
  const written = text.replace(
    /(<!-- rooms: generated -->\n)[\s\S]*?(\n<!-- \/rooms -->)/,
    (_all, head: string, tail: string) => `${head}${roomTable()}${tail}`,
  );
  if (process.env.UPDATE_DOCS) writeFileSync(page, written);
  expect(text).toBe(written);
  expect(text).toContain(roomTable());
});

function roomTable(): string {
  const short = (path: string): string => path.replace(/^src\//, '');
  const lines = Object.entries(ROOMS).map(
    ([room, { is, may }]) =>
      `| \`${short(room)}\` | ${is} | ${may.map((entry) => (entry === '**/*port' ? 'every port' : short(entry))).join(', ') || 'nothing'} |`,
  );
  return ['| room | what is in it | imports |', '| --- | --- | --- |', ...lines].join('\n');
}

it('no two files export functions with the same name, so that a search finds the right one', () => {
  const places = new Map<string, Set<string>>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/^export (?:async )?function\*? ?(\w+)/gm)) {
      places.set(name, (places.get(name) ?? new Set()).add(file));
    }
  }
  const shared = [...places].filter(([, where]) => where.size > 1);
  expect(shared.map(([name, where]) => `${name}: ${[...where].join(', ')}`)).toEqual([]);
});
