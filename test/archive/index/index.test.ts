import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import { ByteReader, ByteWriter } from '../../../src/archive/index/bytes.js';
import type { Checkpoint } from '../../../src/archive/index/checkpoint.js';
import { encodeDetails, type IndexedMember, memberKey } from '../../../src/archive/index/member.js';
import { IndexReader } from '../../../src/archive/index/reader.js';
import { IndexWriter } from '../../../src/archive/index/writer.js';
import { normaliseName } from '../../../src/archive/names.js';
import type { TarMember } from '../../../src/archive/tar/member.js';
import { listOf } from '../../../src/core/groups.js';
import { caseCount } from '../../support/property-runs.js';
import { Collector } from '../support/bytes.js';

interface Given {
  member: TarMember;
  sha256: Buffer | undefined;
}

function memberOf(name: string, headerAt: number, sizeBytes = 10): Given {
  const member: TarMember = {
    name,
    kind: 'file',
    type: '0',
    linkName: '',
    mode: 0o644,
    uid: 0,
    gid: 0,
    uname: '',
    gname: '',
    sizeBytes,
    storedBytes: sizeBytes,
    mtimeSeconds: 1_700_000_000,
    mtimeNanoseconds: 0,
    devMajor: 0,
    devMinor: 0,
    sparse: false,
    headerAt,
    dataAt: headerAt + 512,
  };
  return { member, sha256: createHash('sha256').update(String(headerAt)).digest() };
}

function checkpointAt(i: number): Checkpoint {
  return {
    compressedAt: i * 100,
    compressedEnd: (i + 1) * 100 + 1,
    outputAt: i * 1000,
    outputEnd: (i + 1) * 1000,
    bit: i % 8,
    packedWindow: new Uint8Array(0),
    windowBytes: 0,
    spanSha256: Buffer.alloc(32, i & 0xff),
  };
}

/** The names of the members with the content of this one. */
async function withDigest(reader: IndexReader, member: Given | undefined): Promise<string[]> {
  const sha256 = member?.sha256?.toString('hex') ?? '';
  return (await listOf(reader.withDigests(new Set([sha256])))).map(({ name }) => name).sort();
}

function write(members: readonly Given[], checkpoints: readonly Checkpoint[] = []): Buffer {
  const collector = new Collector();
  const writer = new IndexWriter(collector.add);
  for (const checkpoint of checkpoints) writer.addCheckpoint(checkpoint);
  const records = members.map(({ member, sha256 }) => {
    const details = new ByteWriter();
    encodeDetails(details, member, sha256);
    return { key: Buffer.from(memberKey(member.name)), details: details.view().slice() };
  });
  records.sort((a, b) => a.key.compare(b.key));
  writer.expectMembers(records.reduce((sum, { key, details }) => sum + key.length + details.length, 0));
  const entries = records.flatMap(({ key, details }) => writer.addMember(key, details) ?? []);
  writer.addDigests(entries.sort(Buffer.compare), entries.length);
  writer.finish({
    archive: 'a.tar.gz',
    sizeBytes: 1_000_000,
    etag: 'abc',
    etagOf: 's3',
    sha256: 'f'.repeat(64),
    access: 'gzip',
    compression: 'gzip',
    uncompressedBytes: 10_000_000,
    spanBytes: 1000,
    writer: 'test',
  });
  return collector.bytes();
}

interface Counted {
  reader: IndexReader;
  reads: [number, number][];
}

async function open(bytes: Uint8Array): Promise<Counted> {
  const reads: [number, number][] = [];
  const reader = await IndexReader.open(bytes.length, async (start, end) => {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThanOrEqual(bytes.length);
    reads.push([start, end]);
    return bytes.subarray(start, end);
  });
  return { reader, reads };
}

async function all(reader: IndexReader): Promise<IndexedMember[]> {
  const members: IndexedMember[] = [];
  for await (const member of reader.members()) members.push(member);
  return members;
}

const name = fc
  .array(fc.constantFrom('a', 'b', 'data', 'ü', '.', '..', 'x'.repeat(60), '\udcff'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join('/'));
const given = fc.record({
  name,
  kind: fc.constantFrom('file' as const, 'hardlink' as const, 'symlink' as const, 'directory' as const),
  size: fc.oneof(
    fc.nat(100),
    fc.maxSafeNat().map((size) => size % 2 ** 45),
  ),
  mtime: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  nanoseconds: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
  sparse: fc.boolean(),
});

describe('an index', () => {
  it('returns what was written, found by name and in full', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(given, { maxLength: 60 }), async (list) => {
        const members = list.map(({ name, kind, size, mtime, nanoseconds, sparse }, i): Given => {
          const base = memberOf(name, i * 1024, size);
          const linked = kind === 'hardlink' || kind === 'symlink';
          const member = {
            ...base.member,
            kind,
            mtimeSeconds: mtime,
            mtimeNanoseconds: nanoseconds,
            linkName: linked ? `to/${name}` : '',
            sparse,
            storedBytes: sparse ? 77 : size,
          };
          return { member, sha256: kind === 'file' && !sparse ? base.sha256 : undefined };
        });
        const { reader } = await open(write(members));
        expect(await all(reader)).toHaveLength(members.length);
        for (const { member, sha256 } of members) {
          const found = (await reader.find(`./${member.name}`)).find(
            (one) => one.headerAt === member.headerAt,
          );
          const {
            kind,
            sizeBytes,
            mtimeSeconds,
            mtimeNanoseconds,
            linkName,
            sparse,
            headerAt,
            dataAt,
            storedBytes,
          } = member;
          expect(found).toEqual({
            ...{
              kind,
              sizeBytes,
              mtimeSeconds,
              mtimeNanoseconds,
              linkName,
              sparse,
              headerAt,
              dataAt,
              storedBytes,
            },
            name: normaliseName(member.name),
            sha256: sha256?.toString('hex'),
          });
        }
        expect(await reader.find('not/there')).toEqual([]);
      }),
      { numRuns: caseCount(150) },
    );
  });

  it('keeps members of one name in the order of the archive, also over many blocks', async () => {
    const same = Array.from({ length: 3000 }, (_, i) => memberOf('same', i * 1024));
    const { reader } = await open(write([memberOf('r', 0), ...same, memberOf('t', 4_000_000)]));
    expect(reader.footer.blocks.length).toBeGreaterThan(3);
    const found = await reader.find('same');
    expect(found.map((member) => member.headerAt)).toEqual(same.map(({ member }) => member.headerAt));
  });

  it('needs one read for the footer and one for a member, however many members there are', async () => {
    const bytes = write(
      Array.from({ length: 40_000 }, (_, i) => memberOf(`dir-${i % 100}/file-${i}.csv`, i * 1024)),
    );
    const { reader, reads } = await open(bytes);
    expect((await reader.find('dir-77/file-37777.csv'))[0]?.headerAt).toBe(37_777 * 1024);
    expect(reads).toHaveLength(2);
    const fetched = reads.reduce((sum, [start, end]) => sum + end - start, 0);
    expect(fetched).toBeLessThan(400_000);
    expect(bytes.length / 40_000).toBeLessThan(64);
  });

  it('finds members by their digests, and reads each part of the index once', async () => {
    const members = Array.from({ length: 30_000 }, (_, i) => memberOf(`f${i}`, i * 1024));
    const twin = { ...memberOf('twin', 40_000_000), sha256: members[777]?.sha256 };
    const { reader, reads } = await open(write([...members, twin]));
    expect(reader.footer.digests.length).toBeGreaterThan(8);
    const before = reads.length;
    const found = await withDigest(reader, members[777]);
    expect(found).toEqual(['f777', 'twin']);
    expect(reads.length - before).toBeLessThanOrEqual(3);
    for (const i of [0, 1, 29_999]) expect(await withDigest(reader, members[i])).toEqual([`f${i}`]);
    for (const none of ['0'.repeat(64), 'f'.repeat(64)])
      expect(await listOf(reader.withDigests(new Set([none])))).toEqual([]);
    const atOnce = reads.length;
    const every = new Set(members.map(({ sha256 }) => sha256?.toString('hex') ?? ''));
    expect(await listOf(reader.withDigests(every))).toHaveLength(30_001);
    expect(new Set(reads.slice(atOnce).map(([start]) => start)).size).toBe(reads.length - atOnce);
  });

  it('has checkpoints for every range', async () => {
    for (const count of [1, 2, 5000]) {
      const { reader } = await open(
        write(
          [],
          Array.from({ length: count }, (_, i) => checkpointAt(i)),
        ),
      );
      expect(reader.footer.groups.length).toBeLessThanOrEqual(1024);
      for (const [start, end] of [
        [0, 1],
        [0, count * 1000],
        [count * 500, count * 500 + 2],
        [count * 1000 - 1, count * 1000],
      ] as const) {
        const points = await reader.checkpoints(start, end);
        expect(points[0]?.outputAt).toBe(Math.floor(start / 1000) * 1000);
        expect(points.at(-1)?.outputEnd).toBe(Math.ceil(end / 1000) * 1000);
      }
      await expect(reader.checkpoints(0, count * 1000 + 1)).rejects.toThrow(Damage);
    }
  });
});

describe('a damaged index', () => {
  const members = Array.from({ length: 40 }, (_, i) => memberOf(`f${i}`, i * 1024));
  const bytes = write(members, [checkpointAt(0), checkpointAt(1)]);

  async function everything(index: Uint8Array): Promise<unknown> {
    const { reader } = await open(index);
    return {
      members: await all(reader),
      byDigest: await Promise.all(members.map((member) => withDigest(reader, member))),
      points: await reader.checkpoints(0, 2000),
      meta: reader.footer.meta,
    };
  }

  it('is refused or unharmed, whichever byte is flipped', async () => {
    const whole = await everything(bytes);
    let harmless = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const result = await everything(flipped).catch((error: unknown) => {
        expect(error, `byte ${at}`).toBeInstanceOf(Damage);
        return undefined;
      });
      if (result === undefined) continue;
      harmless += 1;
      expect(result, `byte ${at}`).toEqual(whole);
    }
    // The header's sixteen bytes are for people, and the trailer has eight bytes for later versions.
    expect(harmless).toBeLessThanOrEqual(24);
  });

  it('is refused wherever it is cut, and when something was appended', async () => {
    for (let cut = 0; cut < bytes.length; cut += 1)
      await expect(everything(bytes.subarray(0, cut))).rejects.toThrow(Damage);
    await expect(everything(Buffer.concat([bytes, Buffer.alloc(1)]))).rejects.toThrow(Damage);
  });

  it('of another version is distinguished from a damaged one', async () => {
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(3, newer.length - 16);
    await expect(open(newer)).rejects.toThrow(/version 3/);
  });
});

describe('the integers of the format', () => {
  it('are read back unchanged', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (natural, signed) => {
        const writer = new ByteWriter().varint(natural).zigzag(signed).u64(natural);
        const reader = new ByteReader(writer.view());
        expect([reader.varint(), reader.zigzag(), reader.u64(), reader.left]).toEqual([
          natural,
          signed,
          natural,
          0,
        ]);
      }),
    );
  });

  it('are refused where they are cut or too large', () => {
    expect(() => new ByteReader(Uint8Array.of(0x80)).varint()).toThrow(Damage);
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint()).toThrow(Damage);
    expect(() => new ByteReader(new Uint8Array(8).fill(0xff)).u64()).toThrow(Damage);
    expect(() => new ByteReader(new Uint8Array(3)).u32()).toThrow(Damage);
  });
});
