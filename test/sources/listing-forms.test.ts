import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hit, Query, SourceReport } from '../../src/jobs/recovery/source-port.js';
import { listsOnlyTheTar } from '../../src/sources/archives/listing-form.js';
import { ArchivesSource } from '../../src/sources/archives/source.js';
import { FORMS, listingOf } from '../archive/listing/listing-forms.js';
import { packTar } from '../archive/support/pack.js';
import { TestStore } from '../jobs/indexing/support.js';
import { decode } from '../support/decoders.js';

let place: TestStore;
beforeAll(async () => {
  place = new TestStore();
  place.put('a.tar', await packTar([{ name: './data/liver file.csv', content: 'x,y\n' }]));
});
afterAll(() => place.remove());

const query: Query = {
  needles: ['liver'],
  wants: (path) => path === 'liver file.csv' || path.endsWith('/liver file.csv'),
  isHint: () => false,
  digests: new Set(),
  sizes: new Set(),
  examine: () => ({ push: () => undefined, end: () => ({ state: 'unknown', reason: '' }) }),
  keep: () => undefined,
  kept: () => undefined,
};

async function search(
  listing: string | Buffer,
): Promise<{ report: SourceReport; hits: Hit[]; members: string[] }> {
  place.put('a.tar.list.txt', listing);
  const source = new ArchivesSource({
    store: place.store,
    newest: 'all',
    scanUnlisted: false,
    rootPrefixes: [],
    decode,
  });
  const hits: Hit[] = [];
  const report = await source.search(query, (hit) => hits.push(hit));
  return { report, hits, members: hits.map((hit) => hit.member) };
}

describe('a listing in a known form finds the file, and its archive counts as searched', () => {
  it.each(Object.entries(FORMS))('%s', async (_, form) => {
    const { report, members } = await search(
      listingOf(form, ['./data/a.csv', './data/liver file.csv', './data/z.csv']),
    );
    expect(members).toContain('data/liver file.csv');
    expect(report.state).toBe('complete');
  });
});

describe('a list of paths with something before each of them gives the file', () => {
  it.each([
    ['7z l -slt', 'Path = data/x.csv\nSize = 12\nPath = data/liver file.csv\n'],
    ['cat -n', '     1\tdata/x.csv\n     2\tdata/liver file.csv\n'],
    ['du -a', '12\tdata/liver file.csv\n12\tdata\n'],
    ['sha256sum', `${'0'.repeat(64)}  data/liver file.csv\n`],
    ['a bullet', '- data/liver file.csv\n'],
    ['a number', '  7 data/liver file.csv\n'],
  ])('%s', async (_, listing) => {
    const { hits } = await search(listing);
    const readings = hits.flatMap(({ member, locator }) => [
      member,
      ...String(locator.also ?? '').split('\0'),
    ]);
    expect(readings).toContain('data/liver file.csv');
  });
});

it('the listing of a compressed file is not one of the tar in it', () => {
  const of7z = ['Path = a.tar.gz', 'Type = gzip', '2026-11-28 20:00:00 .....  10240  433  a.tar', ''].join(
    '\n',
  );
  const lists = (text: string, key: string) => listsOnlyTheTar(Buffer.from(text), key);
  for (const text of [
    of7z,
    'a.tar\n',
    '         compressed        uncompressed  ratio uncompressed_name\n 433 10240 96.1% a.tar\n',
  ])
    expect(lists(text, 'h1/a.tar.gz'), text).toBe(true);
  expect(lists('data/a.tar\ndata/b\n', 'h1/a.tar.gz')).toBe(false);
  expect(lists('b.tar\n', 'h1/a.tgz')).toBe(false);
  expect(lists('a.tar\n', 'h1/a.tgz')).toBe(true);
  expect(lists('a.tar\n', 'h1/a.tar')).toBe(false);
});

describe('a listing in any other form makes the source scoped', () => {
  it.each<[string, string]>([
    ['ls -lR', './data:\ntotal 8\n-rw-r--r-- 1 root root 12 unknown liver file.csv\n'],
    [
      'rar l',
      ' Attributes      Size    Date   Time   Name\n  ..A....         12  24-04-26 03:11  data/liver file.csv|\n',
    ],
    ['stat in columns', 'data/a.csv 12 root 03:11\ndata/liver file.csv 12 root 03:11\n'],
    ['a checksum file', 'd41d8cd98f00b204e9800998ecf8427e  liver file.csv\n'],
    ['find -printf', '12 "liver file.csv"\n'],
    ['du -a', '12\tliver file.csv\n'],
    ['7z l -slt', 'Path = data/x.csv\nSize = 12\nPath = liver file.csv\n'],
    ['JSON lines', '{"name": "data/liver file.csv"}\n'],
    ['YAML', '- name: liver file.csv\n'],
    ['a script that failed', 'bash: tar: command not found\n'],
    ['HTML', '<html><body>liver file.csv</body></html>\n'],
    ['nothing', ''],
    ['lines that begin like entries', '-rw-r--r-- ? ? ? data/liver file.csv\n'],
  ])('%s', async (_, listing) => {
    const { report } = await search(listing);
    expect(report.state).toBe('scoped');
    expect(report.findings.map(({ code }) => code).join()).toMatch(/listing\.unreadable(?:_line)?/);
  });
});
