import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/core/bytes.js';
import { nearestName } from '../../src/core/did-you-mean.js';
import { combineExitCodes, type ExitCode } from '../../src/core/failure.js';
import { statusOfExit } from '../../src/core/outcome.js';
import { parseStoreUrl } from '../../src/core/store-url.js';

describe('compareUtf8', () => {
  it('orders as the bytes do, for every pair of strings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('sorts an emoji after U+FF5E, unlike JavaScript', () => {
    expect('😀' < '～').toBe(true);
    expect(compareUtf8('😀', '～')).toBeGreaterThan(0);
  });
});

describe('combineExitCodes', () => {
  it.each<[ExitCode[], ExitCode]>([
    [[], 0],
    [[0, 1], 1],
    [[1, 3], 3],
    [[3, 130, 1], 130],
    [[143, 4], 4],
    [[4, 2, 3], 2],
  ])('%j is %i', (codes, expected) => expect(combineExitCodes(codes)).toBe(expected));

  it('each has its status', () => {
    const statuses = ([0, 1, 2, 3, 4, 130, 143] as const).map((code) => statusOfExit(code));
    expect(statuses).toEqual([
      'ok',
      'findings',
      'incomplete',
      'incomplete',
      'incomplete',
      'interrupted',
      'interrupted',
    ]);
    expect([statusOfExit(0, true), statusOfExit(1, true)]).toEqual(['partial', 'findings']);
  });
});

describe('nearestName', () => {
  it.each([
    ['registy', 'registry'],
    ['Backups', 'backups'],
    ['grce', 'grace'],
    ['zzzzzz', undefined],
  ])('%s: %s', (name, expected) =>
    expect(nearestName(name, ['registry', 'backups', 'grace'])).toBe(expected),
  );
});

describe('parseStoreUrl', () => {
  it.each([
    ['s3://bucket', 's3://bucket/'],
    ['s3://bucket/backups', 's3://bucket/backups/'],
    ['s3://bucket/a b%20ü/', 's3://bucket/a b%20ü/'],
    ['file:///data/backups', 'file:///data/backups/'],
    ['file:///data/../data/./backups//', 'file:///data/backups/'],
    ['file:///', 'file:///'],
  ])('%s is %s', (text, url) => expect(parseStoreUrl(text).url).toBe(url));

  it('is unchanged if it is parsed again', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const once = parseStoreUrl(`s3://bucket/${path}`).url;
        expect(parseStoreUrl(once).url).toBe(once);
      }),
    );
  });

  it.each(['', 'bucket', 'http://x/', 's3://', 's3://a@b/', 's3://ab/', 'file://relative', 's3:///key'])(
    '%j is refused',
    (text) =>
      expect(() => parseStoreUrl(text)).toThrow(
        expect.objectContaining({ code: 'usage.store_url', exitCode: 2 }),
      ),
  );
});
