import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Damage } from '../../src/archive/damage.js';
import { ByteWriter } from '../../src/archive/index/bytes.js';
import { type MemberBlock, writeFooter, writeIndexHeader } from '../../src/archive/index/footer.js';
import { BlockWriter, encodeDetails, memberKey } from '../../src/archive/index/member.js';
import type { IndexMeta } from '../../src/archive/index/meta.js';
import { IndexReader } from '../../src/archive/index/reader.js';
import type { TarMember } from '../../src/archive/tar/member.js';
import type { Query } from '../../src/jobs/recovery/source-port.js';
import { searchIndex } from '../../src/sources/archives/index-of.js';
import type { HitContext } from '../../src/sources/archives/member-hits.js';
import { csv, planRow, RecoveryWorld } from '../support/recovery-world.js';

/** Indexes with right digests and counts and silly content, which anybody who writes into the store can make. */

const RAW_BLOCK_BYTES = 65_536;

interface Given {
  name: string;
  /** Target of a hard link; a file where there is none. */
  link?: string;
}

function memberOf({ name, link }: Given, i: number): TarMember {
  return {
    name,
    kind: link === undefined ? 'file' : 'hardlink',
    type: link === undefined ? '0' : '1',
    linkName: link ?? '',
    mode: 0o644,
    uid: 0,
    gid: 0,
    uname: '',
    gname: '',
    sizeBytes: 0,
    storedBytes: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    devMajor: 0,
    devMinor: 0,
    sparse: false,
    headerAt: i * 512,
    dataAt: (i + 1) * 512,
  };
}

interface Index {
  bytes: Buffer;
  blocks: MemberBlock[];
}

interface Packed {
  parts: Uint8Array[];
  blocks: MemberBlock[];
  /** Where the blocks end. */
  at: number;
  members: number;
}

/** Blocks of members as they are given, whatever they hold. */
function packed(members: readonly Given[]): Packed {
  const parts: Uint8Array[] = [writeIndexHeader()];
  let at = parts[0]?.length ?? 0;
  const blocks: MemberBlock[] = [];
  const block = new BlockWriter();
  let first: Uint8Array | undefined;
  const end = (): void => {
    if (block.count === 0) return;
    const count = block.count;
    const raw = block.take();
    const deflated = deflateRawSync(raw);
    const sha256 = createHash('sha256').update(deflated).digest();
    const separator = blocks.length === 0 ? new Uint8Array(0) : (first ?? new Uint8Array(0));
    blocks.push({ at, length: deflated.length, rawLength: raw.length, members: count, sha256, separator });
    parts.push(deflated);
    at += deflated.length;
    first = undefined;
  };
  for (const [i, given] of members.entries()) {
    const details = new ByteWriter();
    encodeDetails(details, memberOf(given, i), undefined);
    const key = memberKey(given.name);
    first ??= key;
    block.add(key, details.view().slice());
    if (block.length >= RAW_BLOCK_BYTES) end();
  }
  end();
  return { parts, blocks, at, members: members.length };
}

/** An index of these blocks, with the directory that `tamper` makes of the right one. */
function indexOf(
  members: readonly Given[] | Packed,
  archiveBytes: number,
  tamper: (blocks: MemberBlock[]) => { blocks?: MemberBlock[]; members?: number } = () => ({}),
): Index {
  const { parts, blocks, at, members: count } = 'parts' in members ? members : packed(members);
  const tampered = tamper(blocks);
  const meta: IndexMeta = {
    archive: 'a.tar.gz',
    sizeBytes: archiveBytes,
    etag: undefined,
    etagOf: undefined,
    sha256: '0'.repeat(64),
    access: 'stream-only',
    compression: 'gzip',
    uncompressedBytes: count * 1024,
    members: tampered.members ?? count,
    checkpoints: 0,
    spanBytes: 1,
    writer: 'test',
  };
  const digests = [{ at, length: 0, sha256: createHash('sha256').digest() }];
  const footer = writeFooter({ meta, groups: [], blocks: tampered.blocks ?? blocks, digests }, at, 1);
  return { bytes: Buffer.concat([...parts, footer]), blocks };
}

const query: Query = {
  needles: [],
  wants: (path) => path.endsWith('liver.csv'),
  isHint: () => false,
  digests: new Set(),
  sizes: new Set(),
  examine: () => ({ push: () => undefined, end: () => ({ state: 'pass', reason: 'seen' }) }),
  keep: () => undefined,
  kept: () => undefined,
};
const context: HitContext = {
  source: 'archives',
  url: 's3://b/a.tar.gz',
  archive: {
    info: { key: 'a.tar.gz', sizeBytes: 1, lastModifiedMs: 0 },
    series: 'a',
    listing: undefined,
    index: undefined,
  },
  age: 0,
  rootPrefixes: [],
};

/** Opens an index that is read from memory, and counts the bytes that are asked for. */
async function opened({ bytes }: Index, onRead: (count: number) => void = () => undefined) {
  const reads = { count: 0, bytes: 0 };
  const reader = await IndexReader.open(bytes.length, async (start, end) => {
    reads.count += 1;
    reads.bytes += end - start;
    onRead(reads.count);
    return bytes.subarray(start, end);
  });
  return { reader, reads };
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Damage ? `${error.kind}: ${error.message}` : String(error);
}

const files = (count: number, name: (i: number) => string): Given[] =>
  Array.from({ length: count }, (_, i) => ({ name: name(i) }));
let packedTooMany: Packed | undefined;
/** More members of one name than a search looks at; packed once. */
function tooMany(): Packed {
  packedTooMany ??= packed(files(200_001, () => 'liver.csv'));
  return packedTooMany;
}
const numbered = (i: number): string => `d/${String(i).padStart(8, '0')}-liver.csv`;

describe('an index that is built to be searched forever', () => {
  it('2,048 directory entries that lead to one block are refused when it is opened', async () => {
    const index = indexOf(files(1000, numbered), 1, ([block]) => {
      const blocks = Array.from({ length: 2048 }, () => block as MemberBlock);
      return { blocks, members: 2048 * 1000 };
    });
    expect(await kindOf(opened(index))).toMatch(/^corrupt: .*overlap/);
  });

  it('blocks that overlap by one byte are refused', async () => {
    const index = indexOf(files(20_000, numbered), 1, (blocks) => ({
      blocks: blocks.map((block, i) => (i === 1 ? { ...block, at: block.at - 1 } : block)),
    }));
    expect(index.blocks.length).toBeGreaterThan(2);
    expect(await kindOf(opened(index))).toMatch(/^corrupt: .*overlap/);
  });

  it('inconsistent member counts are refused, in the directory and in a block', async () => {
    const more = indexOf(files(10, numbered), 1, () => ({ members: 11 }));
    expect(await kindOf(opened(more))).toMatch(/^corrupt: .*add up/);
    for (const difference of [-1, 1]) {
      const block = indexOf(files(10, numbered), 1, (blocks) => ({
        blocks: blocks.map((one) => ({ ...one, members: one.members + difference })),
        members: 10 + difference,
      }));
      const { reader } = await opened(block);
      expect(await kindOf(searchIndex(reader, context, query))).toMatch(
        /^corrupt: .*different number of members/,
      );
    }
  });

  it('a block that unpacks to more than any writer produces is refused before it is unpacked', async () => {
    const zeros = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
    const index = indexOf(files(10, numbered), 1, ([block]) => ({
      blocks: [{ ...(block as MemberBlock), rawLength: 64 * 1024 * 1024 }],
    }));
    expect(zeros.length).toBeLessThan(100_000);
    const { reader } = await opened(index);
    expect(await kindOf(searchIndex(reader, context, query))).toMatch(/^limit: /);
  });

  const LINKS = 25_000;
  const links: [string, Given[]][] = [
    ['of one name to one target', Array.from({ length: LINKS }, () => ({ name: 'liver.csv', link: 'x' }))],
    ['to themselves', Array.from({ length: LINKS }, () => ({ name: 'liver.csv', link: 'liver.csv' }))],
    ['to as many targets', files(LINKS, numbered).map((one, i) => ({ ...one, link: `t${i}` }))],
    ['in a chain', files(LINKS, numbered).map((one, i) => ({ ...one, link: numbered(i + 1) }))],
  ];
  it.each(links)('25,000 hard links %s cost a few passes over the table', async (_, members) => {
    const { reader, reads } = await opened(indexOf(members, 1));
    const before = reads.bytes;
    const table = reader.footer.blocks.reduce((sum, block) => sum + block.length, 0);
    const result = await searchIndex(reader, context, query);
    expect(result).toMatchObject({ members: LINKS, hits: [] });
    expect(reads.bytes - before).toBeLessThanOrEqual(table * 18);
  });

  it('too many matching members end the search', async () => {
    const { reader } = await opened(indexOf(tooMany(), 1));
    expect(await kindOf(searchIndex(reader, context, query))).toMatch(
      /^limit: the archive has too many matching members/,
    );
  });

  it('a search that takes too long ends by itself', async () => {
    const { reader } = await opened(indexOf(files(50_000, numbered), 1));
    expect(await kindOf(searchIndex(reader, context, query, { budgetMs: -1 }))).toMatch(
      /^limit: .*took too long/,
    );
  });

  it('a signal ends the search within a few blocks, in the pass for links too', async () => {
    const members = files(190_000, numbered).map((one, i) => ({ ...one, link: `t${i}` }));
    const index = indexOf(members, 1);
    for (const at of [0.2, 1.2]) {
      const controller = new AbortController();
      let abortAt = Number.POSITIVE_INFINITY;
      const { reader, reads } = await opened(index, (count) => {
        if (count >= abortAt) controller.abort(new Error('stopped'));
      });
      const { length } = reader.footer.blocks;
      abortAt = reads.count + Math.floor(length * at * 0.5);
      await expect(searchIndex(reader, context, query, { signal: controller.signal })).rejects.toThrow(
        'stopped',
      );
      expect(reads.count - abortAt).toBeLessThan(10);
    }
  });
});

describe('a plan over an archive with such an index', () => {
  let world: RecoveryWorld;
  beforeEach(async () => {
    world = await RecoveryWorld.create();
    world.commit({ README: 'r' });
    world.file('worktrees/README', '');
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    world.archive('bad/artifacts-2026-04-20.tar.gz', { 'x.csv': csv('x') }, { listing: null });
    world.archive('good/artifacts-2026-04-20.tar.gz', { 'datasets/liver.csv': csv('liver') });
  });
  afterEach(() => world.close());

  const badKey = 'backups/bad/artifacts-2026-04-20.tar.gz';

  function plant(): void {
    for (let i = 0; i < world.bucket.length; i += 1) {
      const object = world.bucket.at(i);
      if (object.key !== badKey) continue;
      const { bytes } = indexOf(tooMany(), object.sizeBytes);
      world.bucket.add(`${badKey}.salvor-index`, { content: bytes });
      return;
    }
    throw new Error('no such archive');
  }

  it('names it, fails the source, and finds what the others have', async () => {
    plant();
    const { plan, exitCode } = await world.plan();
    expect(exitCode).toBe(3);
    const source = plan.sources.find((one) => one.kind === 'archives');
    expect(source).toMatchObject({
      state: 'failed',
      errors: [expect.stringMatching(/bad\/artifacts.*too many matching members/)],
    });
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '7-anchored' });
    expect(world.findings.map((one) => one.code)).toContain('index.unusable');
  });

  it('searches its listing if it has one', async () => {
    plant();
    world.bucket.add(`${badKey}.list.txt`, { content: '-rw-r--r-- a/b 9 2026-04-24 03:11 ./x.csv\n' });
    const { plan, exitCode } = await world.plan();
    expect(exitCode).toBe(0);
    expect(plan.sources.find((one) => one.kind === 'archives')).toMatchObject({ state: 'complete' });
  });
});
