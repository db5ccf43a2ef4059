import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Extraction, Hit, Query } from '../../src/jobs/recovery/source-port.js';
import { ArchivesSource } from '../../src/sources/archives/source.js';
import { type PackEntry, packTar } from '../archive/support/pack.js';
import { build, TestStore } from '../jobs/indexing/support.js';
import { decode, decodeFrames } from '../support/decoders.js';
import { caseCount } from '../support/property-runs.js';

let place: TestStore;
beforeEach(() => {
  place = new TestStore();
});
afterEach(() => place.remove());

const NAMES = ['one.csv', 'two.csv', 'three.csv'];
const KEY = 'a.tar';

const query: Query = {
  needles: ['csv'],
  wants: (path) => NAMES.includes(path.slice(path.lastIndexOf('/') + 1)),
  isHint: () => false,
  digests: new Set(),
  sizes: new Set(),
  examine: () => ({ push: () => undefined, end: () => ({ state: 'unknown', reason: '' }) }),
  keep: () => undefined,
  kept: () => undefined,
};

/** What a source gives for each name: the content, or why there is none. */
async function answers(): Promise<Record<string, string>> {
  const source = new ArchivesSource({
    store: place.store,
    newest: 'all',
    scanUnlisted: true,
    rootPrefixes: [],
    decode,
    decodeFrames,
  });
  const hits: Hit[] = [];
  const report = await source.search(query, (hit) => hits.push(hit));
  expect(report).toMatchObject({ archivesSearched: 1, errors: [] });
  const contents = new Map<string, Buffer[]>();
  const answer: Record<string, string> = {};
  await source.extract(
    hits.map((hit) => ({ id: hit.member, hit })),
    ({ id }) => {
      const parts: Buffer[] = [];
      contents.set(id, parts);
      return {
        write: (chunk) => void parts.push(Buffer.from(chunk)),
        end: async () => {
          const bytes = Buffer.concat(parts);
          return { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
        },
        abort: async () => undefined,
      };
    },
    (outcome: Extraction) => {
      if (outcome.ok) answer[outcome.id] = Buffer.concat(contents.get(outcome.id) ?? []).toString();
    },
  );
  return answer;
}

async function threeWays(tar: Buffer): Promise<Record<'scan' | 'listing' | 'index', Record<string, string>>> {
  const archive = place.put(KEY, tar);
  const scan = await answers();
  const file = join(place.directory, KEY);
  const listing = execFileSync('tar', ['-tvf', file], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  place.put(`${KEY}.list.txt`, listing);
  const listed = await answers();
  await build({ kind: 'archives', archives: [archive] }, { replace: true });
  const indexed = await answers();
  for (const sibling of ['.list.txt', '.salvor-index']) rmSync(join(place.directory, KEY + sibling));
  return { scan, listing: listed, index: indexed };
}

/** What GNU tar leaves on the disk: the truth. A link that it cannot make is not there. */
function extracted(tar: Buffer): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-three-'));
  try {
    writeFileSync(join(directory, 'x.tar'), tar);
    const script =
      'mkdir o && cd o && tar -xf ../x.tar 2>/dev/null; for f in *; do [ -f "$f" ] && [ ! -L "$f" ] && printf "%s=%s\\n" "$f" "$(cat "$f")"; done; true';
    const out = execFileSync('bash', ['-c', script], { cwd: directory, encoding: 'utf8' });
    return Object.fromEntries(
      out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('=') as [string, string]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const entry: fc.Arbitrary<PackEntry> = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom('file', 'file', 'link', 'symlink'),
    fc.constantFrom(...NAMES),
    fc.nat(9),
  )
  .map(([name, type, target, number]) => ({
    name: number % 2 === 0 ? name : `./${name}`,
    type: type as 'file' | 'link' | 'symlink',
    ...(type === 'file' ? { content: `content ${number}`.padEnd(9 + number, '.') } : { linkname: target }),
  }));

it('listing, index and scan give the same content for a name, the one that tar extracts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 7 }), async (entries) => {
      const tar = await packTar(entries);
      const { scan, listing, index } = await threeWays(tar);
      expect(listing).toEqual(index);
      expect(scan).toEqual(index);
      // tar follows what is on the disk: only an archive in which no link is replaced says what a name means.
      const isPlain = new Set(entries.map(({ name }) => name.replace('./', ''))).size === entries.length;
      if (isPlain && entries.every(({ type }) => type !== 'symlink')) expect(index).toEqual(extracted(tar));
    }),
    { numRuns: caseCount(25) },
  );
});

it('a symlink that was replaced by a file, and a file that was replaced by a symlink', async () => {
  const link: PackEntry = { name: 'one.csv', type: 'symlink', linkname: 'x' };
  const file: PackEntry = { name: 'one.csv', content: 'real' };
  const first = await threeWays(await packTar([link, file]));
  expect(first).toEqual({
    scan: { 'one.csv': 'real' },
    listing: { 'one.csv': 'real' },
    index: { 'one.csv': 'real' },
  });
  expect(await threeWays(await packTar([file, link]))).toEqual({ scan: {}, listing: {}, index: {} });
});

it('a later part of the archive overrides what the listing of the first part names', async () => {
  const both = Buffer.concat([
    await packTar([{ name: 'one.csv', content: 'first' }]),
    await packTar([{ name: 'one.csv', content: 'second part' }]),
  ]);
  const { scan, listing, index } = await threeWays(both);
  expect([scan, listing, index]).toEqual(Array.from({ length: 3 }, () => ({ 'one.csv': 'second part' })));
});

it('a hard link in another language leads to the content that the archive has', async () => {
  const tar = await packTar([
    { name: 'one.csv', content: 'the content' },
    { name: 'two.csv', type: 'link', linkname: 'one.csv' },
  ]);
  place.put(KEY, tar);
  for (const words of ['Verknüpfung zu one.csv', 'one.csv へのリンク', '== one.csv']) {
    place.put(
      `${KEY}.list.txt`,
      `-rw-r--r-- a/b 11 2026-04-24 03:11 one.csv\nhrw-r--r-- a/b 0 2026-04-24 03:11 two.csv ${words}\n`,
    );
    expect(await answers()).toMatchObject({ 'two.csv': 'the content' });
  }
});
