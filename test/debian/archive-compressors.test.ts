import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noise, wordy } from '../archive/support/bytes.js';
import { makeTree, type TestTree, tarListing } from '../archive/support/gnu-tar.js';
import { packTar } from '../archive/support/pack.js';
import { build, codeOf, restored, TestStore } from '../jobs/indexing/support.js';

const members = [
  { name: 'first', content: wordy(400_000, 1) },
  ...Array.from({ length: 30 }, (_, i) => ({
    name: `f${i}`,
    content: i % 2 ? noise(50_000, i) : wordy(50_000, i),
  })),
  { name: 'last', content: 'last' },
];

function through(program: string, args: readonly string[], input: Uint8Array): Buffer {
  return execFileSync(program, args, { input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'inherit'] });
}

function inParts(tar: Buffer, bytes: number, compress: (part: Buffer) => Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < tar.length; at += bytes) parts.push(compress(tar.subarray(at, at + bytes)));
  return Buffer.concat(parts);
}

/** As `zstd` writes for a file whose size it knows, which it takes from the file. */
const zstd = (input: Buffer): Buffer =>
  through('sh', ['-c', `cat > "$0" && zstd -qc "$0" && rm "$0"`, `/tmp/salvor-${process.pid}-zstd`], input);

const WRITERS: [name: string, key: string, method: string, compress: (tar: Buffer) => Buffer][] = [
  ...[1, 3, 6, 9].map((level): (typeof WRITERS)[number] => [
    `gzip -${level}`,
    'a.tar.gz',
    'ranged',
    (tar) => through('gzip', [`-${level}`], tar),
  ]),
  ['pigz', 'a.tar.gz', 'ranged', (tar) => through('pigz', ['-c'], tar)],
  ['pigz -i -b 128', 'a.tgz', 'ranged', (tar) => through('pigz', ['-c', '-i', '-b', '128'], tar)],
  ['pigz -11', 'a.tgz', 'ranged', (tar) => through('pigz', ['-c', '-11', '-I', '1'], tar)],
  ['zstd in several frames', 'a.tar.zst', 'ranged', (tar) => inParts(tar, 300_000, zstd)],
  ['zstd in one frame', 'a.tar.zst', 'streamed', (tar) => through('zstd', ['-qc'], tar)],
  ['zstd --long=27', 'a.tzst', 'streamed', (tar) => through('zstd', ['-qc', '--long=27'], tar)],
  [
    'xz -T2 in blocks',
    'a.tar.xz',
    'ranged',
    (tar) => through('xz', ['-0', '-T2', '--block-size=300000', '-c'], tar),
  ],
  [
    'xz in blocks with SHA-256',
    'a.txz',
    'ranged',
    (tar) => through('xz', ['-0', '-T2', '--check=sha256', '--block-size=300000', '-c'], tar),
  ],
  ['xz in one block', 'a.tar.xz', 'streamed', (tar) => through('xz', ['-0', '-T1', '-c'], tar)],
  [
    'xz in two streams',
    'a.tar.xz',
    'streamed',
    (tar) => inParts(tar, 700_000, (part) => through('xz', ['-0', '-c'], part)),
  ],
  ['bzip2', 'a.tar.bz2', 'streamed', (tar) => through('bzip2', ['-1', '-c'], tar)],
  [
    'bzip2 in two streams',
    'a.tbz2',
    'streamed',
    (tar) => inParts(tar, 700_000, (part) => through('bzip2', ['-1', '-c'], part)),
  ],
];

describe.each(WRITERS)('an archive by %s', (_, key, method, compress) => {
  let place: TestStore;
  let tar: Buffer;
  beforeEach(async () => {
    place = new TestStore();
    tar = await packTar(members);
  });
  afterEach(() => place.remove());

  it(`is listed as tar lists it, and every member restored: ${method}`, async () => {
    const archive = place.put(key, compress(tar));
    expect(await build({ kind: 'archives', archives: [archive] }, { spanBytes: 200_000 })).toMatchObject({
      exitCode: 0,
    });
    expect(place.read(`${key}.list.txt`).toString()).toBe(tarListing(tar));
    for (const { name, content } of members) {
      const { content: got, summary } = await restored(archive, name);
      expect(got.equals(Buffer.from(content)), name).toBe(true);
      expect(summary).toMatchObject({ method, verified_by: 'sha256' });
    }
    const { summary } = await restored(archive, 'last', { stream: true });
    expect(summary).toMatchObject({ method: 'streamed', verified_by: 'container-checksum' });
  });

  it('is refused when it is cut, and never gives a wrong byte when one is flipped', async () => {
    const whole = compress(tar);
    for (const cut of [whole.length - 1, whole.length >> 1]) {
      const archive = place.put(`${cut}.${key}`, whole.subarray(0, cut));
      const ran = await build({ kind: 'archives', archives: [archive] });
      expect(ran.exitCode).toBe(1);
      expect(ran.codes[0]).toMatch(/^archive\.(truncated|corrupt)$/);
      expect(await codeOf(restored(archive, 'last', { stream: true }))).toMatch(
        // Where only the end is cut off, the member is whole, but what would prove it is not there.
        /^archive\.(truncated|corrupt)$|^member\.unverified$/,
      );
    }
    const archive = place.putUnnoticed(key, whole);
    await build({ kind: 'archives', archives: [archive] }, { spanBytes: 200_000 });
    for (let i = 1; i < 8; i += 1) {
      const flipped = Buffer.from(whole);
      const at = Math.floor((whole.length * i) / 8);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      place.putUnnoticed(key, flipped);
      const name = `f${i * 3}`;
      const result = await restored(archive, name).catch((error: { code?: string }) => error);
      const expected = members.find((member) => member.name === name)?.content ?? '';
      if ('content' in result) expect(result.content.equals(Buffer.from(expected))).toBe(true);
      else expect(result.code).toMatch(/^(index\.corrupt|archive\.(truncated|corrupt))$/);
    }
  });
});

it('an archive that needs more memory than allowed is not a fault of the archive', async () => {
  const place = new TestStore();
  const tar = await packTar([{ name: 'a', content: wordy(1000, 1) }]);
  const archive = place.put('a.tar.zst', through('zstd', ['-qc', '--ultra', '--long=31'], tar));
  expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
    exitCode: 3,
    codes: ['decoder.memory'],
  });
  place.remove();
});

describe('an archive by bsdtar', () => {
  let tree: TestTree;
  let place: TestStore;
  beforeAll(() => {
    tree = makeTree();
    place = new TestStore();
  });
  afterAll(() => {
    tree.remove();
    place.remove();
  });

  it.each(['pax', 'gnutar', 'ustar', 'v7'])('in format %s is listed as GNU tar lists it', async (format) => {
    const args = ['-cf', '-', `--format=${format}`, '--exclude=*utf8*', '-C', tree.directory, 'tree'];
    const tar = execFileSync('sh', ['-c', 'bsdtar "$@" 2>/dev/null; true', 'sh', ...args], {
      maxBuffer: 1 << 28,
    });
    const archive = place.put(`${format}.tar`, tar);
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({ exitCode: 0 });
    expect(place.read(`${format}.tar.list.txt`).toString('latin1')).toBe(tarListing(tar));
    expect((await restored(archive, 'tree/dir/sub/deep')).content.length).toBe(100_000);
  });
});
