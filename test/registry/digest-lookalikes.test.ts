import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookalikesIn } from '../../src/registry/artifacts/digest-lookalikes.js';

const digest = (algorithm: string, i: number): string =>
  createHash(algorithm).update(String(i)).digest('hex');
const rows = (make: (i: number) => Record<string, unknown>) => Array.from({ length: 5 }, (_, i) => make(i));
const found = (make: (i: number) => Record<string, unknown>) =>
  lookalikesIn(rows(make), 'metadata').map(({ place, algorithm }) => ({ ...place, algorithm }));

describe('keys and columns that look like digests', () => {
  it.each([
    ['hex in any case', (i: number) => digest('md5', i).toUpperCase()],
    ['base64', (i: number) => Buffer.from(digest('md5', i), 'hex').toString('base64')],
    ['a prefix', (i: number) => `md5:${digest('md5', i)}`],
  ])('are found as %s, in the metadata, in an object of it, and in a column', (_, value) => {
    expect(
      found((i) => ({ md5: value(i), metadata: { md5: value(i), checksums: { md5: value(i) } } })),
    ).toEqual([
      { key: 'metadata.md5', algorithm: 'md5' },
      { key: 'metadata.checksums.md5', algorithm: 'md5' },
      { column: 'md5', algorithm: 'md5' },
    ]);
  });

  it('are found in metadata kept as text, and in bytes', () => {
    expect(
      found((i) => ({
        sha1: `\\x${digest('sha1', i)}`,
        metadata: JSON.stringify({ content_hash: digest('sha256', i) }),
      })),
    ).toEqual([
      { key: 'metadata.content_hash', algorithm: 'sha256' },
      { column: 'sha1', algorithm: 'sha1' },
    ]);
  });

  it.each([
    ['a UUID without dashes', (i: number) => ({ id: digest('md5', i) })],
    ['a commit', (i: number) => ({ commit_sha1: digest('sha1', i) })],
    ["Salvor's own", (i: number) => ({ metadata: { file_sha256: digest('sha256', i) } })],
    ['one that is not a digest among them', (i: number) => ({ md5: i === 3 ? 'none' : digest('md5', i) })],
    ['a number', (i: number) => ({ md5: i })],
  ])('are not %s', (_, make) => {
    expect(found(make)).toEqual([]);
  });

  it('never throw, whatever the rows contain', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (some) => {
        expect(Array.isArray(lookalikesIn(some, 'metadata'))).toBe(true);
      }),
    );
  });
});
