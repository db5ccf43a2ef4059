import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTree, type TestTree, tarOf } from '../archive/support/gnu-tar.js';
import {
  craftHeader,
  type PeerView,
  padded,
  readAllByPython,
  readByPeer,
  TAR_END,
} from '../archive/support/peers.js';
import { missedOf, readTar } from '../archive/support/read-tar.js';

/** Everything of a tar is accounted for, whatever the width of the pieces. */
function accounted(tar: Uint8Array): void {
  expect(readTar(tar).report.accountedBytes).toBe(tar.length);
}

function compared(tar: Buffer): string[] {
  return missedOf(readTar(tar), [readByPeer('gnu', tar), readByPeer('python', tar)]);
}

describe('a member that GNU tar and Python read', () => {
  let tree: TestTree;
  beforeAll(() => {
    tree = makeTree();
    rmSync(join(tree.directory, 'tree', 'new\nline'));
  });
  afterAll(() => tree.remove());

  it.each([
    ['--format=gnu'],
    ['--format=posix'],
    ['--format=ustar'],
    ['--format=v7'],
    ['--format=oldgnu'],
    ['--format=gnu', '--sparse'],
    ['--format=oldgnu', '--sparse'],
    ['--format=posix', '--sparse', '--sparse-version=0.0'],
    ['--format=posix', '--sparse', '--sparse-version=0.1'],
    ['--format=posix', '--sparse', '--sparse-version=1.0'],
    ['--format=gnu', '--label=volume'],
    ['--format=gnu', '--listed-incremental=/dev/null'],
  ])('is read with the same bytes: %s %s %s', (...options) => {
    const tar = tarOf(tree, ...options.filter((option) => option !== undefined));
    expect(compared(tar)).toEqual([]);
    accounted(tar);
  });
});

describe('headers by type and size', () => {
  const victims = Buffer.concat([
    craftHeader({ name: 'victim', type: '0', size: 5 }),
    padded('hello'),
    craftHeader({ name: 'last', type: '0' }),
    TAR_END,
  ]);

  it('of links, devices, directories and FIFOs swallow nothing, whatever their size field says', () => {
    for (const type of '123456') {
      for (const size of [0, 1, 511, 512, 513, 600, 1024, 1500, 99_999]) {
        for (const magic of ['ustar\x0000', 'ustar  \0', '']) {
          const tar = Buffer.concat([craftHeader({ name: 'first', type, size, magic }), victims]);
          expect(readTar(tar).names, `type ${type}, size ${size}`).toEqual(['first', 'victim', 'last']);
          accounted(tar);
        }
      }
    }
  });

  it('of directories with a size are read as GNU tar and Python read them', () => {
    for (const size of [1, 512, 600, 1500])
      expect(compared(Buffer.concat([craftHeader({ name: 'd/', type: '5', size }), victims]))).toEqual([]);
  });

  it('of all other types have as much content as they say', () => {
    const cases = ['0', '\0', '7', 'D', 'A', 'I', 'Z'].flatMap((type) =>
      [0, 1, 511, 512, 513, 1500].map((size) => {
        const content = padded('d'.repeat(size));
        const tar = Buffer.concat([craftHeader({ name: 'first', type, size }), content, victims]);
        return { label: `type ${type}, size ${size}`, tar };
      }),
    );
    const python = readAllByPython(cases.map(({ tar }) => tar));
    expect(python).toHaveLength(cases.length);
    for (const [i, { label, tar }] of cases.entries()) {
      const read = readTar(tar);
      expect(read.names, label).toEqual(['first', 'victim', 'last']);
      expect(missedOf(read, [readByPeer('gnu', tar), python[i] as PeerView]), label).toEqual([]);
    }
  });

  it('with bad values on which no content depends are read, and the values named', () => {
    const bad = [
      [100, 'x644\0'],
      [108, '99999999'],
      [116, 'gid'],
      [136, 'yesterday'],
    ] as const;
    for (const field of bad) {
      const tar = Buffer.concat([
        craftHeader({ name: 'first', type: '0', size: 3, fields: [field] }),
        padded('abc'),
        victims,
      ]);
      const { names, report, contents } = readTar(tar);
      expect(names).toEqual(['first', 'victim', 'last']);
      expect(report.badValues).toBe(1);
      expect(contents.size).toBe(3);
    }
  });

  it('of PAX with bad times are read, and padded numbers are numbers', () => {
    const record = (keyword: string, value: string): string => {
      const rest = ` ${keyword}=${value}\n`;
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return `${length}${rest}`;
    };
    const cases: [string, string, number][] = [
      ['mtime', '1748089464.951928467a', 1],
      ['mtime', '999xxx9324.4', 1],
      ['uid', 'root', 1],
      ['size', '0000000000000000000000000000003', 0],
      ['mtime', '99999999999999', 0],
    ];
    for (const [keyword, value, badValues] of cases) {
      const pax = record(keyword, value);
      const tar = Buffer.concat([
        craftHeader({ name: 'pax', type: 'x', size: pax.length }),
        padded(pax),
        craftHeader({ name: 'first', type: '0', size: 3 }),
        padded('abc'),
        victims,
      ]);
      const read = readTar(tar);
      expect(read.names, `${keyword}=${value}`).toEqual(['first', 'victim', 'last']);
      expect(read.report.badValues, `${keyword}=${value}`).toBe(badValues);
    }
  });

  it('of PAX with some unreadable records are read by the others, unless a size may be among the unreadable ones', () => {
    const bodies = [
      '33 path=a/long-path-name',
      '7 path=b\n',
      'x path=c\n',
      '12 path=abc\n99 uid=1\n',
      '8 path=\n7\n',
    ];
    const tarOfPax = (body: string): Buffer =>
      Buffer.concat([
        craftHeader({ name: 'pax', type: 'x', size: body.length }),
        padded(body),
        craftHeader({ name: 'first', type: '0', size: 3 }),
        padded('abc'),
        victims,
      ]);
    for (const body of bodies) {
      const tar = tarOfPax(body);
      expect(readTar(tar).report.badValues, body).toBe(1);
      expect(missedOf(readTar(tar), [readByPeer('gnu', tar), readByPeer('bsdtar', tar)]), body).toEqual([]);
    }
    expect(readTar(tarOfPax(bodies[3] as string)).names).toEqual(['abc', 'victim', 'last']);
    for (const body of ['10 size=9', 'x size=1025\n', '99 GNU.sparse.realsize=7\n'])
      expect(readTar(tarOfPax(body)).damage, body).toMatchObject({ kind: 'corrupt' });
  });

  it('are read in the same way at any chunk width', () => {
    const member = fc.record({
      type: fc.constantFrom('0', '1', '2', '5', '6', '7', 'V'),
      size: fc.constantFrom(0, 1, 511, 512, 513, 2000),
    });
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 1, 2, 3, 20),
        fc.constantFrom('', 'x', '\0\0\0', 'x'.repeat(700)),
        fc.integer({ min: 1, max: 1500 }),
        (members, zeroBlocks, junk, width) => {
          const parts = members.map(({ type, size }, i) =>
            Buffer.concat([
              craftHeader({ name: `m${i}`, type, size }),
              '1256'.includes(type) ? Buffer.alloc(0) : padded('c'.repeat(size)),
            ]),
          );
          const tar = Buffer.concat([...parts, Buffer.alloc(zeroBlocks * 512), Buffer.from(junk)]);
          const facts = ({ names, contents, end, report, damage }: ReturnType<typeof readTar>) => {
            return { names, contents: [...contents], end, report: { ...report }, damage: String(damage) };
          };
          expect(facts(readTar(tar, width))).toEqual(facts(readTar(tar)));
          if (readTar(tar).damage === undefined) accounted(tar);
        },
      ),
    );
  });
});

describe('what follows the end', () => {
  const one = Buffer.concat([craftHeader({ name: 'one', type: '0', size: 3 }), padded('one')]);
  const two = Buffer.concat([craftHeader({ name: 'two', type: '0', size: 3 }), padded('two')]);

  it('is read if it consists of members, after any number of zero blocks', () => {
    for (const blocks of [2, 3, 18]) {
      const tar = Buffer.concat([one, Buffer.alloc(blocks * 512), two, TAR_END]);
      const read = readTar(tar);
      expect(read.names).toEqual(['one', 'two']);
      expect(read.report).toMatchObject({ concatenated: 1, concatenatedAt: 1024 + blocks * 512 });
      expect(read.report.trailingAt).toBeUndefined();
      accounted(tar);
    }
  });

  it('is named if it is anything else, with offset and length', () => {
    for (const length of [1, 511, 512, 513, 100_000]) {
      const tar = Buffer.concat([one, TAR_END, Buffer.alloc(length, 'junk')]);
      const { names, report, end } = readTar(tar, 1000);
      expect(names).toEqual(['one']);
      expect(end).toBe('complete');
      expect(report).toMatchObject({ trailingAt: 2048, trailingEnd: 2048 + length });
      accounted(tar);
    }
    expect(readTar(Buffer.concat([one, TAR_END, Buffer.alloc(7)])).report.trailingAt).toBeUndefined();
  });

  it('is named if a page in the middle was zeroed', () => {
    const big = Buffer.concat([
      craftHeader({ name: 'big', type: '0', size: 9000 }),
      padded('b'.repeat(9000)),
    ]);
    const tar = Buffer.concat([one, big, two, TAR_END]);
    tar.fill(0, one.length, one.length + 4096);
    const { names, report } = readTar(tar);
    expect(names).toEqual(['one']);
    expect(report).toMatchObject({ trailingAt: one.length + 4096 });
  });

  it('is named if the end is missing or has only one block', () => {
    expect(readTar(one).end).toBe('missing');
    expect(readTar(Buffer.concat([one, Buffer.alloc(100)])).end).toBe('missing');
    expect(readTar(Buffer.concat([one, Buffer.alloc(512)])).end).toBe('one-block');
    const lone = readTar(Buffer.concat([one, Buffer.alloc(512), two, TAR_END]));
    expect(lone.names).toEqual(['one', 'two']);
    expect(lone.report.loneZeroBlockAt).toBe(1024);
  });
});

describe('what is not a tar', () => {
  it.each([
    ['zip', 'PK\x03\x04', /zip/],
    ['7z', '7z\xbc\xaf\x27\x1c', /7z/],
    ['cpio', '070701', /cpio/],
    ['lz4', '\x04\x22\x4d\x18', /lz4/],
    ['lzip', 'LZIP', /lzip/],
    ['compress', '\x1f\x9d', /compress/],
    ['gpg, by a passphrase', '\x8c\x0d\x04\x09\x03', /encrypted/],
    ['gpg, by a key', '\x85\x02\x0c\x03', /encrypted/],
    ['age, armored', '-----BEGIN AGE ENCRYPTED FILE-----', /encrypted/],
    ['HTML', '<!DOCTYPE html><html>', /HTML/],
    ['random', '\x91\x92\x93', /no tar header/],
  ])('is unsupported and named: %s', (_, head, named) => {
    const file = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(2000, 0x91)]);
    expect(readTar(file).damage).toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(named),
    });
    expect(readTar(file.subarray(0, 39)).damage).toMatchObject({ kind: 'unsupported' });
  });
});

describe('sparse members', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'salvor-sparse-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** A file with data at these offsets and holes elsewhere. */
  function sparseFile(name: string, size: number, parts: readonly number[]): void {
    writeFileSync(join(directory, name), '');
    const file = openSync(join(directory, name), 'r+');
    ftruncateSync(file, size);
    for (const at of parts) writeSync(file, Buffer.alloc(5000, `data at ${at} `), 0, 5000, at);
    closeSync(file);
  }

  it.each([
    ['--format=oldgnu'],
    ['--format=posix', '--sparse-version=0.0'],
    ['--format=posix', '--sparse-version=0.1'],
    ['--format=posix', '--sparse-version=1.0'],
  ])('have the content that Python expands: %s %s', (...options) => {
    sparseFile('begin', 300_000, [0]);
    sparseFile('middle', 3_000_000, [1_048_576]);
    sparseFile('end', 1_005_000, [1_000_000]);
    sparseFile('hole', 2_000_000, []);
    sparseFile(
      'many',
      8_000_000,
      Array.from({ length: 60 }, (_, i) => i * 131_072),
    );
    const names = ['begin', 'middle', 'end', 'hole', 'many'];
    const args = [
      '--sparse',
      ...options.filter((option) => option !== undefined),
      '-C',
      directory,
      '-cf',
      '-',
    ];
    const tar = execFileSync('tar', [...args, ...names], { maxBuffer: 1 << 28 });
    const ours = readTar(tar, 777);
    expect(ours.members.every(({ member }) => member.sparse)).toBe(true);
    expect(ours.names).toEqual(names);
    expect([...ours.contents]).toEqual([...readByPeer('python', tar).contents]);
    expect(ours.report.badValues).toBe(0);
    accounted(tar);
  });

  it('are read even if only the extended header has the size, next to attributes with newlines', () => {
    const record = (keyword: string, value: string): string => {
      const rest = ` ${keyword}=${value}\n`;
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return `${length}${rest}`;
    };
    const pax = [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'real'],
      ['GNU.sparse.realsize', '8192'],
      ['LIBARCHIVE.xattr.com.apple.cs.CodeSignature', 'a\nb=c\n\n'],
      ['size', '1024'],
    ]
      .map(([keyword = '', value = '']) => record(keyword, value))
      .join('');
    const tar = Buffer.concat([
      craftHeader({ name: 'pax', type: 'x', size: pax.length }),
      padded(pax),
      craftHeader({ name: 'GNUSparseFile.0/real', type: '0' }),
      padded('1\n4096\n512\n'),
      Buffer.alloc(512, 'x'),
      craftHeader({ name: 'next', type: '0' }),
      TAR_END,
    ]);
    const ours = readTar(tar, 100);
    expect(ours.names).toEqual(['real', 'next']);
    expect(compared(tar)).toEqual([]);
    expect(
      ours.members[0]?.content.equals(
        Buffer.concat([Buffer.alloc(4096), Buffer.alloc(512, 'x'), Buffer.alloc(3584)]),
      ),
    ).toBe(true);
  });

  it('whose map contradicts itself have no content, and the others are read', () => {
    const numbers = (at: number, length: number): string =>
      `${at.toString(8).padStart(11, '0')}\0${length.toString(8).padStart(11, '0')}\0`;
    const fields = [
      [386, numbers(4096, 512) + numbers(0, 512)],
      [483, `${(8192).toString(8).padStart(11, '0')}\0`],
    ] as const;
    const tar = Buffer.concat([
      craftHeader({ name: 'bad', type: 'S', size: 1024, magic: 'ustar  \0', fields }),
      Buffer.alloc(1024, 'x'),
      craftHeader({ name: 'good', type: '0', size: 3 }),
      padded('abc'),
      TAR_END,
    ]);
    const { names, contents, report } = readTar(tar);
    expect(names).toEqual(['bad', 'good']);
    expect([...contents.keys()]).toEqual(['good']);
    expect(report.badValues).toBe(1);
  });
});
