// Feeds every reader of hostile bytes with damaged and invented inputs: `node test/fuzz/readers.mjs [count] [seed]`,
// after `npm run build`. A reader may give a result or throw `Damage`; anything else ends the run with the seed that
// leads there. Memory is watched: no input of some kilobytes may make a reader keep more than a few megabytes.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';

const dist = (path) => import(pathToFileURL(join(import.meta.dirname, '../../dist', path)).href);
const { Damage } = await dist('archive/damage.js');
const { TarReader } = await dist('archive/tar/reader.js');
const { ListingLines } = await dist('archive/tar/line.js');
const { GzipScanner } = await dist('archive/gzip/scanner.js');
const { inflateFrom } = await dist('archive/gzip/ranged.js');
const { GzipMembers } = await dist('archive/gzip/members.js');
const { nameFormat } = await dist('archive/other-formats.js');
const { ZstdFrames } = await dist('archive/zstd/frames.js');
const { Bzip2Streams } = await dist('archive/bzip2/streams.js');
const { XzBlocks } = await dist('archive/xz/blocks.js');
const { IndexReader } = await dist('archive/index/reader.js');
const { IndexWriter } = await dist('archive/index/writer.js');
const { encodeDetails, memberKey, readBlock } = await dist('archive/index/member.js');
const { readCheckpoints } = await dist('archive/index/checkpoint.js');
const { blocksOf } = await dist('archive/index/digests.js');
const { ByteWriter } = await dist('archive/index/bytes.js');

const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const MAX_GROWTH_BYTES = 200e6;

let state = 0;
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

function block(name, size, type) {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0);
  bytes.write(`0000644\x000000000\x000000000\x00${size.toString(8).padStart(11, '0')}\x0014500000000\0`, 100);
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257);
  return withChecksum(bytes);
}

function withChecksum(bytes) {
  bytes.fill(32, 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function padded(text) {
  const bytes = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  bytes.write(text, 'latin1');
  return bytes;
}

const pax = '30 mtime=1700000000.123456789\n19 path=some/where\n22 GNU.sparse.major=1\n';
const sparsePax = '22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n28 GNU.sparse.realsize=8192\n';
function oldSparse() {
  const bytes = block('sparse', 512, 'S');
  const octal = (value) => `${value.toString(8).padStart(11, '0')}\0`;
  bytes.write(octal(0) + octal(256) + octal(4096) + octal(256), 386);
  bytes.write(octal(8192), 483);
  return withChecksum(bytes);
}
const tar = Buffer.concat([
  block('pax', pax.length, 'x'),
  padded(pax),
  block('file', 700, '0'),
  padded('x'.repeat(700)),
  block('././@LongLink', 200, 'L'),
  padded('n'.repeat(200)),
  block('link', 0, '1'),
  oldSparse(),
  Buffer.alloc(512, 1),
  block('pax', sparsePax.length, 'x'),
  padded(sparsePax),
  block('sparse', 1024, '0'),
  padded('2\n0\n256\n4096\n256\n'),
  Buffer.alloc(512, 1),
  Buffer.alloc(1024),
]);
const gzip = Buffer.concat([gzipSync(tar), gzipSync(tar, { level: 1 })]);
const deflated = deflateRawSync(Buffer.concat([tar, tar]), { memLevel: 1 });
const zstd = Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 5, 0x29, 0, 0, 1, 2, 3, 4, 5, 9, 9, 9, 9]),
  Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]),
]);
const xz = Buffer.from('fd377a585a000004e6d6b446040007052101160000000000', 'hex');

function indexBytes() {
  const parts = [];
  const writer = new IndexWriter((bytes) => parts.push(Buffer.from(bytes)));
  for (let i = 0; i < 3; i += 1) {
    writer.addCheckpoint({
      compressedAt: i * 10,
      compressedEnd: i * 10 + 10,
      outputAt: i * 100,
      outputEnd: i * 100 + 100,
      bit: i,
      packedWindow: deflateRawSync(Buffer.alloc(100)),
      windowBytes: 100,
      spanSha256: Buffer.alloc(32),
    });
  }
  writer.expectMembers(1000);
  const entries = ['a', 'b/c', 'd'].map((name, i) => {
    const details = new ByteWriter();
    const member = {
      name,
      kind: i === 1 ? 'symlink' : 'file',
      sizeBytes: 5,
      storedBytes: 5,
      mtimeSeconds: -5,
      mtimeNanoseconds: i,
      sparse: i === 2,
      linkName: 'x',
      headerAt: i * 1024,
      dataAt: i * 1024 + 512,
    };
    encodeDetails(details, member, i === 0 ? Buffer.alloc(32, 7) : undefined);
    return writer.addMember(memberKey(name), details.view().slice());
  });
  const digests = entries.filter((entry) => entry !== undefined);
  writer.addDigests(digests, digests.length);
  writer.finish({
    archive: 'a',
    sizeBytes: 30,
    etag: undefined,
    etagOf: undefined,
    sha256: '',
    access: 'gzip',
    compression: 'gzip',
    uncompressedBytes: 300,
    spanBytes: 100,
    writer: 'fuzz',
  });
  return Buffer.concat(parts);
}
const index = indexBytes();
const footerAt = Number(index.readBigUInt64LE(index.length - 64));
const memberBlock = (() => {
  const details = new ByteWriter();
  encodeDetails(
    details,
    {
      name: 'a',
      kind: 'hardlink',
      sizeBytes: 5,
      storedBytes: 5,
      mtimeSeconds: 1,
      mtimeNanoseconds: 3,
      sparse: true,
      linkName: 'link',
      headerAt: 0,
      dataAt: 512,
    },
    Buffer.alloc(32),
  );
  return Buffer.concat([Buffer.from([0, 1, 97]), details.view(), Buffer.from([1, 1, 98]), details.view()]);
})();

/** Some bytes changed, a piece cut out, doubled or appended. */
function damage(bytes) {
  const copy = Buffer.from(bytes);
  const changes = 1 + random(4);
  for (let i = 0; i < changes; i += 1) copy[random(copy.length)] = random(3) === 0 ? 0xff : random(256);
  const at = random(copy.length);
  const length = random(64);
  const kind = random(8);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
  if (kind === 2) return Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
  return copy;
}

function invented() {
  const bytes = Buffer.alloc(random(2000));
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = random(256);
  return bytes;
}

async function* asyncPieces(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const width = 1 + random(1500);
    yield bytes.subarray(at, at + width);
    at += width;
  }
}

function inPieces(bytes, push) {
  for (let at = 0; at < bytes.length; ) {
    const width = 1 + random(1500);
    push(bytes.subarray(at, at + width));
    at += width;
  }
}

const targets = {
  tar(bytes) {
    nameFormat(bytes);
    const lines = new ListingLines();
    let left = 0;
    let expanded = 0;
    const reader = new TarReader({
      member(member) {
        expanded = 0;
        left = member.storedBytes;
        lines.line(member);
      },
      hole(count) {
        if (count <= 0) throw new Error('a hole of no size');
        expanded += count;
      },
      data(piece) {
        left -= piece.length;
        expanded += piece.length;
        if (left < 0) throw new Error('more content than the member has');
      },
      memberEnd(member) {
        if ((!member.sparse || member.sparseMap !== undefined) && expanded !== member.sizeBytes)
          throw new Error('another size than the member has');
        if (left !== 0) throw new Error('less content than the member has');
      },
    });
    // Most damaged headers would fail at the checksum, so fix it in half of the cases to reach the checks after it.
    if (random(2) === 0)
      for (let at = 0; at + 512 <= bytes.length; at += 512)
        if (bytes[at + 257] === 0x75) withChecksum(bytes.subarray(at, at + 512));
    inPieces(bytes, (piece) => reader.push(piece));
    reader.end();
    if (reader.report.accountedBytes !== bytes.length) throw new Error('bytes that are not accounted for');
  },
  gzip(bytes) {
    let output = 0;
    const scanner = new GzipScanner({
      output(piece) {
        output += piece.length;
        if (output > bytes.length * 1100 + 1000) throw new Error('more output than deflate can make');
      },
      boundary() {
        scanner.window();
      },
    });
    inPieces(bytes, (piece) => scanner.push(piece));
    scanner.finish();
  },
  async gzipMembers(bytes) {
    let output = 0;
    const members = new GzipMembers();
    for await (const piece of members.output(asyncPieces(bytes))) output += piece.length;
    if (members.provenTo !== output) throw new Error('output that nothing proves');
  },
  async ranged(bytes) {
    for await (const piece of inflateFrom([bytes], random(8), Buffer.alloc(random(300))))
      if (piece.length > 1 << 20) throw new Error('a piece too large');
  },
  zstd(bytes) {
    const frames = new ZstdFrames((frame) => {
      if (frame.end > bytes.length || frame.start > frame.end) throw new Error('a frame beyond the file');
    });
    inPieces(bytes, (piece) => frames.push(piece));
    frames.finish();
  },
  xz(bytes) {
    const walker = new XzBlocks(() => {});
    inPieces(bytes, (piece) => walker.push(piece));
    walker.finish();
    if (walker.certainTo > bytes.length) throw new Error('more than the file has');
  },
  bzip2(bytes) {
    const streams = new Bzip2Streams();
    inPieces(bytes, (piece) => streams.push(piece));
    streams.finish();
    if ((streams.trailing?.at ?? 0) > bytes.length) throw new Error('an end beyond the file');
  },
  async index(bytes) {
    // Digests are made to match again, so that what they protect is read.
    const at = Math.min(footerAt, bytes.length - 64);
    if (bytes.length > 64 + 16 && at > 0) {
      bytes.writeBigUInt64LE(BigInt(at), bytes.length - 64);
      bytes.writeUInt32LE(bytes.length - 64 - at, bytes.length - 56);
      createHash('sha256')
        .update(bytes.subarray(at, bytes.length - 64))
        .digest()
        .copy(bytes, bytes.length - 48);
      bytes.writeUInt32LE(1, bytes.length - 16);
      bytes.write('SALVORIX', bytes.length - 8);
    }
    const reader = await IndexReader.open(bytes.length, async (start, end) => {
      if (start < 0 || end < start || end > bytes.length)
        throw new Error(`a read from ${start} to ${end} of ${bytes.length}`);
      return bytes.subarray(start, end);
    });
    await reader.find('b/c');
    for await (const _ of reader.withDigests(new Set(['07'.repeat(32)])));
    await reader.checkpoints(random(400), random(400));
  },
  members(bytes) {
    for (const member of readBlock(bytes))
      if (member.name.length > 65_536) throw new Error('a name too long');
  },
  checkpoints: (bytes) => void readCheckpoints(bytes, random(4)),
  digests: (bytes) => void blocksOf(bytes, Buffer.alloc(32, random(256))),
};

const seeds = {
  tar,
  gzip,
  gzipMembers: gzip,
  ranged: deflated,
  zstd,
  xz,
  index,
  members: memberBlock,
  checkpoints: index.subarray(16, 400),
  digests: Buffer.alloc(600, 7),
};
/** The slow ones (a zlib stream each, or megabytes of output) get fewer inputs. */
const shares = {
  tar: 20,
  gzip: 4,
  gzipMembers: 4,
  ranged: 1,
  zstd: 20,
  xz: 15,
  index: 10,
  members: 20,
  checkpoints: 5,
  digests: 5,
};
const wheel = Object.entries(shares).flatMap(([name, share]) => Array(share).fill(name));

const before = process.memoryUsage.rss();
const counts = {};
let refused = 0;
for (let i = 0; i < count; i += 1) {
  state = (seed * 2_654_435_761 + i * 40_503 + 1) | 0 || 1;
  for (let warm = 0; warm < 8; warm += 1) random(2);
  const name = wheel[random(wheel.length)];
  const input = random(12) === 0 ? invented() : damage(seeds[name]);
  counts[name] = (counts[name] ?? 0) + 1;
  try {
    await targets[name](input);
  } catch (error) {
    if (!(error instanceof Damage)) {
      console.error(`${name}, input ${i} of seed ${seed}: ${error.stack}\n${input.toString('hex')}`);
      process.exit(1);
    }
    refused += 1;
  }
  if (i % 20_000 === 0 && process.memoryUsage.rss() - before > MAX_GROWTH_BYTES) {
    console.error(
      `${name}, input ${i} of seed ${seed}: ${process.memoryUsage.rss() - before} bytes more than at the start`,
    );
    process.exit(1);
  }
}
console.log(`${count} inputs, ${refused} refused, none of them harmful: ${JSON.stringify(counts)}`);
