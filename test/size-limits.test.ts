import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { parseSync } from 'vite';
import { expect, it } from 'vitest';

const MOST_LINES_OF_A_FILE = 300;
const MOST_LINES_OF_A_FUNCTION = 70;

/** Functions that are longer on purpose, and why. */
const LONGER: Readonly<Record<string, string>> = {
  'src/archive/deflate/symbols.ts: decodeSymbols':
    'the hot loop of the decoder: a call per symbol halves its speed',
};

const root = join(import.meta.dirname, '..');
const sources = globSync('src/**/*.{ts,tsx}', { cwd: root })
  .sort()
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

it(`no source file has more than ${MOST_LINES_OF_A_FILE} lines`, () => {
  const long = sources
    .map(({ file, text }) => ({ file, lines: linesOf(text) }))
    .filter(({ lines }) => lines > MOST_LINES_OF_A_FILE);
  expect(long.map(({ file, lines }) => `${file} has ${lines} lines: split it by concern`)).toEqual([]);
});

it(`no function has more than ${MOST_LINES_OF_A_FUNCTION} lines, except those listed with a reason`, () => {
  const long = sources
    .filter(({ text }) => linesOf(text) > MOST_LINES_OF_A_FUNCTION)
    .flatMap(({ file, text }) =>
      functionsIn(file, text).filter(({ lines }) => lines > MOST_LINES_OF_A_FUNCTION),
    );
  const unexpected = long.filter(({ name }) => LONGER[name] === undefined);
  expect(
    unexpected.map(
      ({ name, lines }) => `${name} has ${lines} lines: move a part of it to a function of its own`,
    ),
  ).toEqual([]);
  const names = new Set(long.map(({ name }) => name));
  expect(Object.keys(LONGER).filter((name) => !names.has(name))).toEqual([]);
});

it('finds functions of every kind, with their lines', () => {
  const text = `function a() {\n}\nconst b = () => {\n\n};\nclass C {\n  d() {\n    return 1;\n  }\n}\nexport default { e: function () {} };`;
  expect(functionsIn('x.ts', text)).toEqual([
    { name: 'x.ts: a', lines: 2 },
    { name: 'x.ts: b', lines: 3 },
    { name: 'x.ts: d', lines: 3 },
    { name: 'x.ts: e', lines: 1 },
  ]);
});

interface Node {
  type: string;
  start: number;
  end: number;
  id?: { name?: string } | null;
  key?: { name?: string };
}

/** Every function with a body, named after what it is assigned to if it has no name. */
function functionsIn(file: string, text: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  const visit = (value: unknown, around: string): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, around);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as Node;
    const name = node.id?.name ?? node.key?.name ?? around;
    if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
      found.push({ name: `${file}: ${name}`, lines: linesOf(text.slice(node.start, node.end)) });
    }
    for (const child of Object.values(node)) visit(child, name);
  };
  visit(parseSync(file, text).program.body, '');
  return found;
}

function linesOf(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}
