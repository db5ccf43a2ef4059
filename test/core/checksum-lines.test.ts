import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChecksumLines } from '../../src/core/checksum-lines.js';
import { requireEveryName } from './checksum-tools.js';

describe('a checksum file', () => {
  it.each([
    ['sha256sum', [], 'sha256', null],
    ['md5sum', ['-b'], 'md5', null],
    ['sha1sum', ['--tag'], 'sha1', 'SHA1'],
    ['sha512sum', ['--tag'], 'sha512', 'SHA512'],
    ['b2sum', ['--tag'], undefined, 'BLAKE2b'],
  ] as const)('of %s %j has every name as it is', (tool, args, algorithm, tag) =>
    requireEveryName(tool, args, algorithm, tag),
  );

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
