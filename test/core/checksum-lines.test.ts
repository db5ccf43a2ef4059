import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseChecksumLines } from '../../src/core/checksum-lines.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-sums-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

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

const run = (tool: string, args: readonly string[]): string =>
  execFileSync(tool, [...args, '--', ...NAMES], { cwd: directory, encoding: 'latin1' });

describe('a checksum file', () => {
  it.each([
    ['sha256sum', [], 'sha256', null],
    ['md5sum', ['-b'], 'md5', null],
    ['sha1sum', ['--tag'], 'sha1', 'SHA1'],
    ['sha512sum', ['--tag'], 'sha512', 'SHA512'],
    ['shasum', ['-a', '256'], 'sha256', null],
    ['b2sum', ['--tag'], undefined, 'BLAKE2b'],
  ] as const)('of %s %j has every name as it is', (tool, args, algorithm, tag) => {
    for (const name of NAMES) writeFileSync(join(directory, name), `content of ${name}`);
    const { lines, unreadable } = parseChecksumLines(run(tool, args));
    expect(unreadable).toBe(0);
    expect(lines.map(({ name }) => Buffer.from(name ?? '', 'latin1').toString())).toEqual(NAMES);
    expect(new Set(lines.map((line) => line.algorithm))).toEqual(new Set([tag]));
    if (algorithm === undefined) return;
    expect(lines.map(({ digest }) => digest)).toEqual(
      NAMES.map((name) => createHash(algorithm).update(`content of ${name}`).digest('hex')),
    );
  });

  it('may be signed, commented, have Windows line ends or a byte order mark, or a digest alone', () => {
    const hex = 'a'.repeat(64);
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# a.iso: 7 bytes\nSHA256 (a.iso) = ${hex}\n-----BEGIN PGP SIGNATURE-----\n\niQ\n`;
    expect(parseChecksumLines(signed)).toEqual({
      lines: [{ algorithm: 'SHA256', name: 'a.iso', digest: hex }],
      unreadable: 0,
    });
    expect(parseChecksumLines(`\xef\xbb\xbf${hex}  a\r\n${hex} *b\r\n${hex}\tc\r\n`).lines).toMatchObject([
      { name: 'a' },
      { name: 'b' },
      { name: 'c' },
    ]);
    expect(
      parseChecksumLines(`${hex}  grandes roussieres 1.pm\n${hex} one-blank.zip\r\n`).lines,
    ).toMatchObject([{ name: 'grandes roussieres 1.pm' }, { name: 'one-blank.zip' }]);
    expect(parseChecksumLines(`${hex}\n`).lines).toEqual([{ algorithm: null, name: null, digest: hex }]);
    expect(parseChecksumLines(`SHA2-256(a)= ${hex}`).lines).toMatchObject([
      { algorithm: 'SHA2-256', name: 'a' },
    ]);
  });

  it('of BagIt encodes line ends with percent signs', () => {
    const hex = 'a'.repeat(64);
    expect(parseChecksumLines(`${hex}   data/a%0Ab%25c%41\n`, 'bagit').lines).toEqual([
      { algorithm: null, digest: hex, name: 'data/a\nb%c%41' },
    ]);
  });

  it('counts every line that it cannot parse, and never throws', () => {
    expect(parseChecksumLines('hello\n<html>\n\\\\x  y\n').unreadable).toBe(3);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const { lines, unreadable } = parseChecksumLines(text);
        expect(lines.length + unreadable).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });
});
