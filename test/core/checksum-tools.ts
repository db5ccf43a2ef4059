import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseChecksumLines } from '../../src/core/checksum-lines.js';

/** Names that the tools escape, and names that look like parts of a line. */
const NAMES = [
  'plain.csv',
  'two  blanks.csv',
  ' leading',
  '*star',
  'a) = b',
  '(b) = c',
  'new\nline',
  'return\rhere',
  'back\\slash',
  '\\n',
  'émile.csv',
  '# hash',
  'tab\there',
];

/** Requires that a checksum file that a tool writes is read with every name and, unless its algorithm is unknown, every digest. */
export function requireEveryName(
  tool: string,
  args: readonly string[],
  algorithm: string | undefined,
  tag: string | null,
): void {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-sums-'));
  try {
    for (const name of NAMES) writeFileSync(join(directory, name), `content of ${name}`);
    const text = execFileSync(tool, [...args, '--', ...NAMES], { cwd: directory, encoding: 'latin1' });
    const { lines, unreadable } = parseChecksumLines(text);
    expect(unreadable).toBe(0);
    expect(lines.map(({ name }) => Buffer.from(name ?? '', 'latin1').toString())).toEqual(NAMES);
    expect(new Set(lines.map((line) => line.algorithm))).toEqual(new Set([tag]));
    if (algorithm === undefined) return;
    expect(lines.map(({ digest }) => digest)).toEqual(
      NAMES.map((name) => createHash(algorithm).update(`content of ${name}`).digest('hex')),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
