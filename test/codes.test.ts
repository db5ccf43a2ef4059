import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { codes } from '../src/core/codes.js';
import { severitiesOf } from './support/code-severities.js';
import { codesPage } from './support/codes-page.js';

const root = join(import.meta.dirname, '..');
/** The dashboard's words have every code as well, which makes no finding. */
const TABLES = ['src/core/codes/**', 'src/dashboard/reads/cause-words.ts'];
const sources = globSync('src/**/*.ts', { cwd: root, ignore: TABLES });
const text = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');

describe('codes', () => {
  it('every code that the table lists is used somewhere', () => {
    const unused = Object.keys(codes).filter((code) => !text.includes(`'${code}'`));
    expect(unused, 'nothing in src makes a finding or a failure of').toEqual([]);
  });

  it('every code that a failure or a finding is made with is in the table', () => {
    const made = [
      ...text.matchAll(/(?:new Failure|usageFailure)\(\s*'([^']+)'|\bcode: '([a-z_]+\.[a-z_]+)'/g),
    ];
    const unknown = made.map((m) => m[1] ?? m[2] ?? '').filter((code) => codes[code] === undefined);
    expect([...new Set(unknown)], 'add these to src/core/codes/').toEqual([]);
  });

  it('every finding has the severity that the table says', () => {
    const made = [...text.matchAll(/\bcode: '([a-z_]+\.[a-z_]+)',\s*severity: '([a-z]+)'/g)];
    expect(made.length).toBeGreaterThan(30);
    const wrong = made.filter(([, code = '', severity = '']) => !severitiesOf(code).includes(severity));
    expect(wrong.map(([, code, severity]) => `${code} is a ${severity} somewhere`)).toEqual([]);
  });

  it('docs/codes.md says what the table says (npm run docs writes it)', () => {
    const page = join(root, 'docs/codes.md');
    if (process.env.UPDATE_DOCS) writeFileSync(page, codesPage(codes));
    expect(readFileSync(page, 'utf8')).toBe(codesPage(codes));
  });
});
