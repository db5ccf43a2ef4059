import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openTar } from '../../src/sources/archives/tar-stream.js';
import { asyncPieces, collect } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { craftHeader, padded, readByPeer, TAR_END } from '../archive/support/peers.js';
import { missedOf, readTar } from '../archive/support/read-tar.js';
import { decode } from '../support/decoders.js';

const last = Buffer.concat([craftHeader({ name: 'last', type: '0', size: 4 }), padded('last'), TAR_END]);

function withPax(type: 'x' | 'g', body: string): Buffer {
  return Buffer.concat([
    craftHeader({ name: 'pax', type, size: body.length }),
    padded(Buffer.from(body, 'latin1')),
  ]);
}

/** What at least GNU tar and bsdtar read is read, with the same bytes. */
function missed(tar: Buffer): string[] {
  return missedOf(readTar(tar), [readByPeer('gnu', tar), readByPeer('bsdtar', tar)]);
}

describe('reports about other readers (test/public-cases.md)', () => {
  it('a time in the prefix field of ustar is not a folder: python/cpython#155629, onekey-sec/unblob#1405', () => {
    const fields = [
      [345, '13327342752\0'],
      [357, '13327342752\0'],
    ] as const;
    const header = craftHeader({ name: 'victim', type: '0', size: 3, magic: 'ustar  \0', fields });
    const tar = Buffer.concat([header, padded('abc'), last]);
    expect(readTar(tar).names).toEqual(['victim', 'last']);
    expect(missed(tar)).toEqual([]);
  });

  it('a NUL in a PAX value ends it, and no member is lost: golang/go#32264', () => {
    const member = Buffer.concat([craftHeader({ name: 'first', type: '0', size: 3 }), padded('abc')]);
    const tar = Buffer.concat([withPax('x', '31 path=visible.txt\0hidden.txt\n'), member, last]);
    expect(readTar(tar).names).toEqual(['visible.txt', 'last']);
    expect(missed(tar)).toEqual([]);
  });

  it('a size after NULs does not count: test_read_format_tar_timestamp_overflow of libarchive', () => {
    const header = craftHeader({
      name: 'empty',
      type: '0',
      size: 0,
      fields: [[124, '\0\0\0\0\0\0\x000016\0']],
    });
    const tar = Buffer.concat([header, last]);
    expect(readTar(tar)).toMatchObject({ names: ['empty', 'last'], damage: undefined });
    expect(missed(tar)).toEqual([]);
  });

  it('a PAX header without records is ignored: libarchive/libarchive#3151', () => {
    for (const type of ['x', 'g'] as const) {
      const tar = Buffer.concat([withPax(type, ''), last]);
      expect(readTar(tar)).toMatchObject({ names: ['last'], damage: undefined });
      expect(missed(tar)).toEqual([]);
    }
  });

  it('a comment and no members is an archive without members: libarchive/libarchive#423', () => {
    const tar = Buffer.concat([withPax('g', '16 comment=abcd\n'), TAR_END]);
    expect(readTar(tar)).toMatchObject({ names: [], damage: undefined, end: 'complete' });
  });

  it('the last record of an attribute may lack its line end: AgentD/squashfs-tools-ng#50', () => {
    const tar = Buffer.concat([withPax('x', '36 SCHILY.xattr.user.mime=text/plain'), last]);
    expect(readTar(tar)).toMatchObject({ names: ['last'], report: { badValues: 1 } });
    expect(missed(tar)).toEqual([]);
  });

  it('pieces of a tar that were compressed one by one are one tar: libarchive/libarchive#145', async () => {
    const tar = await packTar([
      { name: 'one', content: 'a'.repeat(1000) },
      { name: 'two', content: 'b' },
    ]);
    const parts: Buffer[] = [];
    for (let at = 0; at < tar.length; at += 512) parts.push(gzipSync(tar.subarray(at, at + 512)));
    const opened = await openTar(asyncPieces(Buffer.concat(parts)), decode);
    expect((await collect(opened.output)).equals(tar)).toBe(true);
  });

  it('a header with another checksum is damage, and the members after it are read: python/cpython#120740', () => {
    const broken = craftHeader({ name: 'bar', type: '0', size: 700 });
    broken[0] = 0x42;
    const first = Buffer.concat([craftHeader({ name: 'foo', type: '0', size: 3 }), padded('123')]);
    // The second content has a block of zeros, which is not the end.
    for (const content of ['456'.repeat(200), '7'.repeat(512) + '\0'.repeat(512) + '8'.repeat(512)]) {
      const tar = Buffer.concat([first, withPax('x', '11 path=pax\n'), broken, padded(content), last]);
      for (const width of [tar.length, 100]) {
        const read = readTar(tar, width);
        expect(read.names).toEqual(['foo', 'last']);
        expect(read.damage).toMatchObject({
          kind: 'corrupt',
          message: expect.stringContaining('at byte 2048'),
        });
        expect(read.report.accountedBytes).toBe(tar.length);
        expect(missed(tar)).toEqual([]);
      }
    }
  });

  it('a damaged first block hides no member after it, as in GNU tar', () => {
    const first = Buffer.concat([craftHeader({ name: 'foo', type: '0', size: 3 }), padded('123')]);
    const flipped = Buffer.from(first);
    flipped[0] = 0x42;
    const lost = Buffer.concat([Buffer.alloc(512, 0xa7), first.subarray(512)]);
    for (const start of [flipped, lost]) {
      const tar = Buffer.concat([start, last]);
      for (const width of [tar.length, 100]) {
        const read = readTar(tar, width);
        expect(read.names).toEqual(['last']);
        expect(read.damage).toMatchObject({
          kind: 'corrupt',
          message: 'the checksum of the tar header at byte 0 does not match',
        });
      }
      expect(missedOf(readTar(tar), [readByPeer('gnu', tar), readByPeer('gnu', tar)])).toEqual([]);
    }
  });

  it('a later volume of a multi-volume archive is named as one', () => {
    const tar = Buffer.concat([
      craftHeader({ name: 'big', type: 'M', size: 4 }),
      padded('rest'),
      last.subarray(0, 600),
    ]);
    expect(readTar(tar).damage).toMatchObject({
      kind: 'truncated',
      message: 'the tar ends inside a member, at byte 1624; it is one volume of a multi-volume archive',
    });
  });

  it('what never becomes a tar is none, however long it is', () => {
    const noise = Buffer.alloc(100_000, 0xa7);
    const zip = Buffer.concat([Buffer.from('PK\x03\x04'), noise.subarray(4), last]);
    for (const bytes of [noise, zip, Buffer.concat([noise.subarray(0, 512), Buffer.alloc(4096)])]) {
      expect(readTar(bytes, 4096)).toMatchObject({ names: [], damage: { kind: 'unsupported' } });
    }
  });

  it('an attribute of many megabytes is not an error: test_read_format_tar_pax_large_attr of libarchive', () => {
    for (const value of ['x'.repeat(8_000_000), 'size='.repeat(4_000_000)]) {
      const rest = ` unknown=${value}\n`;
      const record = `${rest.length + String(rest.length).length}${rest}`;
      const named = withPax('x', `${record}12 path=abc\n`);
      const first = craftHeader({ name: 'first', type: '0', size: 3 });
      const tar = Buffer.concat([named, first, padded('abc'), last]);
      const ours = readTar(tar, 65_536);
      expect(ours).toMatchObject({ names: ['abc', 'last'], damage: undefined, report: { badValues: 0 } });
      expect(missedOf(ours, [readByPeer('gnu', tar), readByPeer('python', tar)])).toEqual([]);
    }
  });

  it('a sparse map that cannot be read costs no other member: gtar_sparse_1_17_posix10_modified of libarchive', () => {
    const records = ['major=1', 'minor=0', 'realsize=8192', 'name=sparse'].map((text) => {
      const rest = ` GNU.sparse.${text}\n`;
      return `${rest.length + 2}${rest}`;
    });
    const maps: [string, number][] = [
      ['#!gnu-sparse-format\n#format:1.0\n1\n0\n512\n', 1024],
      ['1\n\n', 1024],
      ['9\n0\n', 512],
      ['9\n0\n', 100],
    ];
    for (const [map, size] of maps) {
      const stored = craftHeader({ name: 'stored', type: '0', size });
      const content = padded(map + 'd'.repeat(Math.max(0, size - map.length)));
      const tar = Buffer.concat([withPax('x', records.join('')), stored, content, last]);
      const { names, contents, damage, report } = readTar(tar, 100);
      expect(names, map).toEqual(['sparse', 'last']);
      expect(damage).toBeUndefined();
      expect([...contents.keys()]).toEqual(['last']);
      expect(report).toMatchObject({ badValues: 1, accountedBytes: tar.length });
      if (map.startsWith('#')) expect(missed(tar)).toEqual([]);
    }
  });
});
