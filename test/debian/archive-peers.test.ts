import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { craftHeader, padded, readByPeer, TAR_END } from '../archive/support/peers.js';
import { missedOf, readTar } from '../archive/support/read-tar.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-peers-'));
  const at = (name: string): string => join(directory, 'tree', name);
  mkdirSync(at('sub/deep'), { recursive: true });
  writeFileSync(at('empty'), '');
  writeFileSync(at('one'), 'x'.repeat(511));
  writeFileSync(at('two'), 'x'.repeat(512));
  writeFileSync(at(`sub/${'n'.repeat(60)}`), 'x'.repeat(100_000));
  copyFileSync(at('one'), at('sub/deep/copy'));
  symlinkSync('../one', at('sub/link'));
  linkSync(at('two'), at('sub/hard'));
  const sparse = openSync(at('sparse'), 'w');
  writeSync(sparse, Buffer.alloc(4096, 'a'), 0, 4096, 0);
  writeSync(sparse, Buffer.alloc(4096, 'b'), 0, 4096, 1_048_576);
  ftruncateSync(sparse, 2_097_152);
  closeSync(sparse);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The tree as a program writes it. */
function written(program: string, args: readonly string[], input?: string): Buffer {
  const file = join(directory, 'out.tar');
  rmSync(file, { force: true });
  const filled = args.map((arg) => arg.replace('OUT', file));
  execFileSync(program, filled, {
    cwd: directory,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...(input === undefined ? {} : { input }),
  });
  return readFileSync(file);
}

const FILES = 'tree/one\ntree/two\ntree/empty\ntree/sub/link\n';

describe('an archive made by another archiver', () => {
  it.each<[string, string, string[], string?]>([
    ['bsdtar', 'bsdtar', ['-cf', 'OUT', 'tree']],
    ['bsdtar, ustar', 'bsdtar', ['-cf', 'OUT', '--format=ustar', 'tree']],
    ['bsdtar, gnutar', 'bsdtar', ['-cf', 'OUT', '--format=gnutar', 'tree']],
    ['bsdtar, pax', 'bsdtar', ['-cf', 'OUT', '--format=pax', 'tree']],
    ['busybox', 'busybox', ['tar', '-cf', 'OUT', 'tree']],
    ['pax', 'pax', ['-w', '-x', 'ustar', '-f', 'OUT', 'tree']],
    ['7z', '7z', ['a', '-ttar', 'OUT', 'tree']],
    ['cpio', 'cpio', ['-o', '-H', 'ustar', '-F', 'OUT'], FILES],
    ['Python, PAX', 'python3', ['-m', 'tarfile', '-c', 'OUT', 'tree']],
    ['star-like GNU sparse 1.0', 'tar', ['-cSf', 'OUT', '--format=posix', 'tree']],
  ])('is read as GNU tar, bsdtar and Python read it: %s', (_, program, args, input) => {
    const tar = written(program, args, input);
    const ours = readTar(tar, 4096);
    const peers = (['gnu', 'python', 'bsdtar'] as const).map((peer) => readByPeer(peer, tar));
    expect(ours.names.length).toBeGreaterThan(3);
    expect(ours.damage).toBeUndefined();
    expect(missedOf(ours, peers)).toEqual([]);
    expect(ours.report.accountedBytes).toBe(tar.length);
  });
});

describe('crafted headers', () => {
  it('by type, size and padding: what two of three programs read, Salvor reads', () => {
    for (const type of ['0', '\0', '2', '3', '4', '5', '6', '7', 'D', 'A']) {
      for (const size of [0, 1, 511, 512, 600, 1500]) {
        const carries = !'23456'.includes(type);
        const tar = Buffer.concat([
          craftHeader({ name: 'first', type, size }),
          carries ? padded('d'.repeat(size)) : Buffer.alloc(0),
          craftHeader({ name: 'victim', type: '0', size: 5 }),
          padded('hello'),
          TAR_END,
        ]);
        const peers = (['gnu', 'python', 'bsdtar'] as const).map((peer) => readByPeer(peer, tar));
        expect(missedOf(readTar(tar), peers), `type ${JSON.stringify(type)}, size ${size}`).toEqual([]);
      }
    }
  });
});

describe('what is not a tar', () => {
  it.each<[string, string, string[], RegExp]>([
    ['zip', 'zip', ['-qr', 'OUT', 'tree'], /zip/],
    ['7z', '7z', ['a', '-t7z', 'OUT', 'tree'], /7z|zip/],
  ])('is named: %s', (_, program, args, named) => {
    const file = join(directory, `out.${program}`);
    rmSync(file, { force: true });
    execFileSync(
      program,
      args.map((arg) => arg.replace('OUT', file)),
      { cwd: directory, stdio: 'ignore' },
    );
    expect(readTar(readFileSync(file)).damage).toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(named),
    });
  });
});
