import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIGEST_ALGORITHMS, parseDigest } from '../../src/core/recorded-digest.js';

const algorithms = fc.constantFrom(...DIGEST_ALGORITHMS);

describe('a recorded digest', () => {
  it('is the same in every spelling: hex in any case, base64, with a prefix', () => {
    fc.assert(
      fc.property(algorithms, algorithms, fc.uint8Array(), (algorithm, configured, content) => {
        const digest = createHash(algorithm).update(content).digest();
        const hex = digest.toString('hex');
        const base64 = digest.toString('base64');
        const plain = [
          hex,
          hex.toUpperCase(),
          base64,
          base64.replace(/=+$/, ''),
          digest.toString('base64url'),
        ];
        for (const text of plain) {
          expect(parseDigest(` ${text}\n`, algorithm)).toEqual({ kind: 'digest', algorithm, hex });
          for (const prefix of [`${algorithm}:`, `${algorithm.toUpperCase()}:`, `${algorithm}-`]) {
            expect(parseDigest(`${prefix}${text}`, configured)).toEqual({ kind: 'digest', algorithm, hex });
          }
        }
      }),
    );
  });

  it('is read as other programs record it: ETags, STAC, Git LFS, RFC 9530', () => {
    const codes = { md5: 'd50110', sha1: '1114', sha256: '1220', sha512: '1340' };
    for (const algorithm of DIGEST_ALGORITHMS) {
      const digest = createHash(algorithm).update('content').digest();
      const hex = digest.toString('hex');
      const read = { kind: 'digest', algorithm, hex };
      expect(parseDigest(`${codes[algorithm]}${hex}`, 'md5')).toEqual(read);
      expect(parseDigest(`"${hex}"`, algorithm)).toEqual(read);
      expect(parseDigest(`oid ${algorithm}:${hex}`, 'md5')).toEqual(read);
      expect(parseDigest(`${algorithm}=:${digest.toString('base64')}:`, 'md5')).toEqual(read);
    }
  });

  it('is refused by name if it is no digest of the content', () => {
    expect(parseDigest(`"${'a'.repeat(32)}-12"`, 'md5')).toEqual({
      kind: 'malformed',
      reason: 'it is the ETag of a multipart upload, not a digest of the content',
    });
    // A sha1_git, a UNF, a directory of DVC, a weak ETag, a composite checksum of S3, a key of git-annex.
    const others = [
      'swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2',
      'UNF:6:Q5mHTA7kSIm2DsOuEGhuNA==',
      `${'a'.repeat(32)}.dir`,
      `W/"${'a'.repeat(32)}"`,
      `${createHash('sha256').digest('base64')}-3`,
      `MD5E-s0--${'a'.repeat(32)}.csv`,
      `12200${'a'.repeat(64)}`,
    ];
    for (const text of others)
      for (const algorithm of DIGEST_ALGORITHMS)
        expect(parseDigest(text, algorithm), text).toMatchObject({ kind: 'malformed' });
  });

  it('of iRODS is `sha2:` and SHA-256 in base64', () => {
    const digest = createHash('sha256').update('x').digest();
    expect(parseDigest(`sha2:${digest.toString('base64')}`, 'md5')).toEqual({
      kind: 'digest',
      algorithm: 'sha256',
      hex: digest.toString('hex'),
    });
  });

  it('never throws, and never returns a digest of another length', () => {
    fc.assert(
      fc.property(fc.string(), algorithms, (text, algorithm) => {
        const parsed = parseDigest(text, algorithm);
        if (parsed.kind !== 'digest') return;
        expect(parsed.hex).toMatch(/^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/);
      }),
    );
  });

  it.each([
    ['a digit too few', 'd41d8cd98f00b204e9800998ecf8427'],
    ['the ETag of an upload in parts', 'd41d8cd98f00b204e9800998ecf8427e-5'],
    ['an unknown algorithm', 'crc32:d41d8cd9'],
    ['the digest of another algorithm', 'a'.repeat(40)],
    ['base64 with bits that are lost', `${'A'.repeat(21)}B==`],
    ['a sentence', 'not computed yet'],
  ])('is malformed: %s', (_, text) => {
    expect(parseDigest(text, 'md5')).toMatchObject({ kind: 'malformed' });
  });

  it.each([null, '', '  '])('says nothing: %j', (text) => {
    expect(parseDigest(text, 'md5')).toEqual({ kind: 'none' });
  });
});
