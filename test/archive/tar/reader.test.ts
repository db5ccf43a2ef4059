import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import { encodeName } from '../../../src/archive/names.js';
import { ListingLines } from '../../../src/archive/tar/line.js';
import type { TarMember } from '../../../src/archive/tar/member.js';
import { TarReader } from '../../../src/archive/tar/reader.js';
import type { TarEnd, TarReport } from '../../../src/archive/tar/report.js';
import { Collector, pieces } from '../support/bytes.js';
import { makeTree, type TestTree, tarListing, tarOf } from '../support/gnu-tar.js';
import { packTar } from '../support/pack.js';

interface Read {
  members: { member: TarMember; content: Buffer }[];
  end: TarEnd;
  report: TarReport;
}

function read(tar: Uint8Array, width: number): Read {
  const members: Read['members'] = [];
  let content = new Collector();
  const reader = new TarReader({
    member: () => {
      content = new Collector();
    },
    data: (bytes) => content.add(bytes),
    hole: (count) => content.add(new Uint8Array(count)),
    memberEnd: (member) => members.push({ member, content: content.bytes() }),
  });
  for (const piece of pieces(tar, width)) reader.push(piece);
  return { members, end: reader.end(), report: reader.report };
}

function listingOf({ members }: Read): string {
  const lines = new ListingLines();
  return members
    .map(({ member }) => Buffer.from(encodeName(`${lines.line(member)}\n`)).toString('latin1'))
    .join('');
}

const FORMATS = [
  ['--format=gnu'],
  ['--format=pax'],
  ['--format=ustar'],
  ['--format=v7'],
  ['--format=oldgnu'],
  ['--format=gnu', '-S'],
  ['--format=pax', '-S'],
  ['--format=pax', '-S', '--sparse-version=0.1'],
  ['--format=gnu', '--owner=a-very-long-owner-name:70000'],
];

describe('a tar of GNU tar', () => {
  let tree: TestTree;
  beforeAll(() => {
    tree = makeTree();
  });
  afterAll(() => tree.remove());

  it.each(FORMATS)('%s %s %s is listed as tar -tvf lists it', (...options) => {
    const tar = tarOf(tree, ...options.filter((option) => option !== undefined));
    const result = read(tar, 65_536);
    expect(result.end).toBe('complete');
    expect(result.members.length).toBeGreaterThan(12);
    expect(listingOf(result)).toBe(tarListing(tar));
  });

  it('is the same at every chunk width', () => {
    const tar = tarOf(tree, '--format=gnu', '-S');
    const whole = digested(read(tar, tar.length));
    for (const width of [1, 3, 511, 512, 513, 1000, 10_240])
      expect(digested(read(tar, width))).toEqual(whole);
  });

  it('has its members at the offsets that the reader reports', () => {
    const tar = tarOf(tree, '--format=pax');
    for (const { member, content } of read(tar, 4096).members) {
      if (!member.sparse)
        expect(tar.subarray(member.dataAt, member.dataAt + member.storedBytes).equals(content)).toBe(true);
      expect(member.headerAt % 512).toBe(0);
    }
  });

  it('says which members are sparse, and how large they really are', () => {
    for (const options of [
      ['--format=gnu', '-S'],
      ['--format=pax', '-S'],
    ]) {
      const found = read(tarOf(tree, ...options), 4096).members.find(
        ({ member }) => member.name === 'tree/sparse',
      );
      expect(found?.member).toMatchObject({ sparse: true, sizeBytes: 3_000_000 });
      expect(found?.member.storedBytes).toBeLessThan(10_000);
      expect(found?.content.equals(Buffer.alloc(3_000_000))).toBe(true);
    }
  });
});

describe('damage', () => {
  it('is found wherever the tar is cut', async () => {
    const tar = await packTar([
      { name: 'a', content: 'x'.repeat(700) },
      { name: 'l'.repeat(200), content: 'y' },
    ]);
    const end = tar.length - 1024;
    for (let cut = 1; cut < end; cut += 1) {
      const outcome = outcomeOf(() => read(tar.subarray(0, cut), 512));
      // As long as its numbers have not come, nothing tells a header from any other bytes.
      expect(cut < 156 ? ['unsupported', 'truncated'] : ['truncated', 'missing'], `cut at ${cut}`).toContain(
        outcome,
      );
    }
    expect(outcomeOf(() => read(tar.subarray(0, end), 512))).toBe('missing');
    expect(outcomeOf(() => read(tar.subarray(0, end + 512), 512))).toBe('one-block');
    expect(outcomeOf(() => read(tar, 512))).toBe('complete');
  });

  it('of a header is found at every byte that the checksum covers', async () => {
    const tar = await packTar([{ name: 'a', content: 'x' }]);
    for (let at = 0; at < 512; at += 1) {
      const flipped = Buffer.from(tar);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      const outcome = outcomeOf(() => read(flipped, 512));
      // In the checksum's own field a digit may become a space, and mean the same number.
      if (at < 148 || at > 155) expect(outcome, `byte ${at}`).toBe('corrupt');
    }
  });

  it('is an extended header without a member, and not a zero block between members', async () => {
    const tar = await packTar([{ name: 'a' }, { name: 'b' }]);
    const holed = Buffer.concat([tar.subarray(0, 512), Buffer.alloc(512), tar.subarray(512)]);
    expect(read(holed, 512)).toMatchObject({ end: 'complete', report: { loneZeroBlockAt: 512, members: 2 } });
    const long = await packTar([{ name: 'l'.repeat(300) }]);
    expect(outcomeOf(() => read(Buffer.concat([long.subarray(0, 1024), Buffer.alloc(1024)]), 512))).toBe(
      'corrupt',
    );
  });

  it('is not trusted: a header that claims gigabytes of names is refused before they are read', async () => {
    const header = Buffer.from((await packTar([{ name: 'l'.repeat(300) }])).subarray(0, 512));
    header.write('77777777777', 124, 'latin1');
    fixChecksum(header);
    expect(outcomeOf(() => read(header, 512))).toBe('limit');
  });
});

/** The same with contents as strings: comparing buffers element by element takes seconds. */
function digested({ members, end }: Read) {
  return {
    end,
    members: members.map(({ member, content }) => ({ member, content: content.toString('base64') })),
  };
}

function fixChecksum(header: Buffer): void {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function outcomeOf(work: () => Read): string {
  try {
    return work().end;
  } catch (error) {
    if (error instanceof Damage) return error.kind;
    throw error;
  }
}
