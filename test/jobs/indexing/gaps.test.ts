import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/bytes.js';
import { listArchives } from '../../../src/jobs/indexing/gaps.js';
import type { ListPage, StoreLister } from '../../../src/objectstore/port.js';
import { caseCount } from '../../support/property-runs.js';

function listerOf(keys: readonly string[]): StoreLister {
  const sorted = [...new Set(keys)].sort(compareUtf8);
  return {
    url: 's3://b/',
    prefix: '',
    requests: 0,
    urlOf: (key) => `s3://b/${key}`,
    async *list(): AsyncGenerator<ListPage> {
      for (let at = 0; at < sorted.length; at += 3) {
        const objects = sorted
          .slice(at, at + 3)
          .map((key) => ({ key, sizeBytes: key.length, lastModifiedMs: 0 }));
        yield { objects, serverTimeMs: 0 };
      }
    },
    children: async () => ({ prefixes: [], keys: [], truncated: false }),
    lookUp: async () => undefined,
  };
}

const archive = fc.constantFrom(
  'a.tar',
  'a.tar.gz',
  'a.tar-x.tar',
  'a.tar.list.txt.tar',
  'b/c.tgz',
  'b/c.tgz0.tar',
  'é.tar',
);
const key = fc.oneof(
  archive,
  archive.map((name) => `${name}.list.txt`),
  archive.map((name) => `${name}.salvor-index`),
  fc.constantFrom('a', 'z', 'a.tar.gz.', 'b/'),
);

describe('the archives of a prefix', () => {
  it('are all found with their siblings, whatever is between them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 25 }), async (keys) => {
        const found = [];
        for await (const one of listArchives(listerOf(keys))) found.push(one);
        const present = new Set(keys);
        const expected = [...present]
          .filter((name) => /\.(tar|tar\.gz|tgz)$/.test(name))
          .map((name) => ({
            key: name,
            sizeBytes: name.length,
            listingBytes: present.has(`${name}.list.txt`) ? name.length + 9 : undefined,
            indexBytes: present.has(`${name}.salvor-index`) ? name.length + 13 : undefined,
          }));
        const byKey = (a: { key: string }, b: { key: string }) => compareUtf8(a.key, b.key);
        expect(found.sort(byKey)).toEqual(expected.sort(byKey));
      }),
      { numRuns: caseCount(300) },
    );
  });
});
