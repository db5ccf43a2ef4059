import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hit, Query, SourceReport } from '../../src/jobs/recovery/source-port.js';
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

async function search(listing: string | Buffer): Promise<{ report: SourceReport; members: string[] }> {
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
  return { report, members: hits.map((hit) => hit.member) };
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
