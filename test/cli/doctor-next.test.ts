import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, it } from 'vitest';
import { failed, nextStep } from '../../src/cli/operate/doctor/check.js';
import { codes } from '../../src/core/codes.js';
import { Failure } from '../../src/core/failure.js';

/**
 * Everything that `doctor` finds wrong says what to do next. That there is a next step is what the type `Check` says;
 * that it is one (a command, a setting of salvor.yaml, a program to install) is read from the sources here.
 */
const root = join(import.meta.dirname, '../..');

interface Call {
  where: string;
  text: string;
  next: string;
}

const calls: Call[] = globSync(['src/cli/operate/doctor.ts', 'src/cli/operate/doctor/*.ts'], {
  cwd: root,
}).flatMap((file) => {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/(?<!function )\b(?:warning|broken)\(/g)].map((match) => {
    const args = argumentsAt(source, match.index + match[0].length);
    return { where: file, text: args.join(', ').replace(/\s+/g, ' '), next: args[2] ?? '' };
  });
});

/** The arguments of a call: split at the commas that are in no bracket and no string. */
function argumentsAt(source: string, start: number): string[] {
  const args = [''];
  let depth = 0;
  let quote = '';
  for (let i = start; i < source.length; i += 1) {
    const char = source[i] ?? '';
    const isEscaped = source[i - 1] === '\\';
    if (quote !== '') {
      if (char === quote && !isEscaped) quote = '';
    } else if (/['"`]/.test(char)) quote = char;
    else if (/[([{]/.test(char)) depth += 1;
    else if (/[)\]}]/.test(char)) depth -= 1;
    if (depth < 0) break;
    if (char === ',' && depth === 0 && quote === '') args.push('');
    else args[args.length - 1] += char;
  }
  return args.map((text) => text.trim()).filter((text) => text !== '');
}

/** Made by a function of its own, which has its texts from the two below or from a failure. */
const COMPUTED = /^(?:fix|meant\(job\)|nextStep\(failure\))$/;
const STEP =
  /\\?`[a-z]+ |salvor doctor|salvor\.yaml|install|\b(?:registry|recovery|health|watchdog|checksums|state)\.[a-z_]+|\bunder (?:backups|roots)\b/;

it('is found in the sources', () => {
  expect(calls.length).toBeGreaterThan(20);
});

it.each(calls)('$where: $text', ({ next }) => {
  expect(next, 'a warning or error of doctor names the command or the setting that comes next').toMatch(
    COMPUTED.test(next) ? COMPUTED : STEP,
  );
});

it('texts that depend on what was found name one too', () => {
  const paths = readFileSync(join(root, 'src/cli/operate/doctor/path-checks.ts'), 'utf8');
  const named = readFileSync(join(root, 'src/cli/operate/doctor/named-checks.ts'), 'utf8');
  const fix = /const fix =([\s\S]*?);\n {2}return/.exec(paths)?.[1] ?? '';
  const meant = /function meant[\s\S]*?return([\s\S]*?);\n}/.exec(named)?.[1] ?? '';
  const texts = [...fix.split(/[?:]\s*(?=['`])/), ...meant.split(/[?:]\s*(?=['`])/)].filter((text) =>
    /^['`]/.test(text.trim()),
  );
  expect(texts.length).toBe(5);
  for (const text of texts) expect(text).toMatch(STEP);
});

it('a failure without a hint has the action of its code, and every code has one', () => {
  for (const code of Object.keys(codes)) {
    expect(nextStep(new Failure(code, 'x')), code).toMatch(/[a-z]{3}/);
    expect(failed('registry', new Failure(code, 'x', { hint: 'run `y`' })).fix).toBe('run `y`');
  }
});
