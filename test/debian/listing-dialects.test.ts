import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListingEntry, Quoting } from '../../src/archive/listing/entry.js';
import { ListingReader } from '../../src/archive/listing/reader.js';
import { normaliseName } from '../../src/archive/names.js';

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'salvor-dialects-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const name = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019._- \t"\'ü名\\'), minLength: 1, maxLength: 16 })
  .filter((one) => !['.', '..'].includes(one));

let archives = 0;
function archiveOf(names: readonly string[]): { tar: string; stored: string[] } {
  archives += 1;
  const dir = join(work, `d${archives}`);
  mkdirSync(dir);
  for (const one of names) writeFileSync(join(dir, one), one);
  const tar = join(work, `${archives}.tar`);
  const stored = names.map((one) => `./${one}`);
  const list = join(work, `l${archives}`);
  writeFileSync(list, stored.map((one) => `${one}\0`).join(''));
  execFileSync('tar', ['-cf', tar, '-C', dir, '--no-unquote', '--null', '-T', list]);
  return { tar, stored };
}

function read(bytes: Buffer, quoting: Quoting): ListingEntry[] {
  const entries: ListingEntry[] = [];
  const reader = new ListingReader((entry) => entries.push(entry), quoting);
  reader.push(bytes);
  reader.end();
  return entries;
}

describe('listings by other programs are read back name for name', () => {
  const programs: [string, string[], Quoting][] = [
    ['bsdtar', ['-tvf'], 'escape'],
    ['bsdtar', ['-tf'], 'escape'],
    ['busybox', ['tar', '-tvf'], 'literal'],
    ['busybox', ['tar', '-tf'], 'literal'],
  ];
  for (const [program, args, quoting] of programs) {
    it(`${program} ${args.join(' ')}`, () => {
      fc.assert(
        fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 10 }), (names) => {
          const { tar, stored } = archiveOf(names);
          const bytes = execFileSync(program, [...args, tar], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
          expect(read(bytes, quoting).map((entry) => entry.name)).toEqual(stored);
          const readings = read(bytes, 'auto').map((entry) => [entry.name, ...entry.alternatives]);
          for (const [i, one] of stored.entries()) expect(readings[i]).toContain(one);
        }),
        { numRuns: 20 },
      );
    });
  }

  /** Programs that write or read other formats, in the directory with the files. */
  const makers: [string, string][] = [
    ['python3 -m tarfile -l', 'tar -cf ../x.tar -- * && python3 -m tarfile -l ../x.tar'],
    ['python3 -m tarfile -v -l', 'tar -cf ../x.tar -- * && python3 -m tarfile -v -l ../x.tar'],
    ['tar -tR', 'tar -cf ../x.tar -- * && tar -tRf ../x.tar'],
    ['tar -tvR', 'tar -cf ../x.tar -- * && tar -tvRf ../x.tar'],
    ['bsdtar -cv', 'bsdtar -cvf ../x.tar -- * 2>&1'],
    ['bsdtar -xv', 'tar -cf ../x.tar -- * && mkdir ../out && cd ../out && bsdtar -xvf ../x.tar 2>&1'],
    ['bsdtar -tvv', 'tar -cf ../x.tar -- * && bsdtar -tvvf ../x.tar'],
    ['cpio -tv', 'find . -type f -print0 | cpio -o0 2>/dev/null > ../x.cpio && cpio -tv < ../x.cpio 2>&1'],
    ['pax -v', 'pax -w -f ../x.tar . && pax -v -f ../x.tar 2>&1'],
    ['unzip -l', 'zip -qr ../x.zip . && unzip -l ../x.zip'],
    ['unzip -v', 'zip -qr ../x.zip . && unzip -v ../x.zip'],
    ['zipinfo', 'zip -qr ../x.zip . && zipinfo ../x.zip'],
    ['zipinfo -T', 'zip -qr ../x.zip . && zipinfo -T ../x.zip'],
    ['7z l', '7z a ../x.7z . >/dev/null && 7z l ../x.7z'],
    ['7z l of a tar', 'tar -cf ../x.tar -- * && 7z l ../x.tar'],
  ];
  for (const [title, command] of makers) {
    it(title, () => {
      const plain = fc
        .string({ unit: fc.constantFrom(...'abcXYZ019._ü名'), minLength: 1, maxLength: 12 })
        .map((one) => `f${one}`);
      const spaced = fc.tuple(plain, plain).map(([left, right]) => `${left} ${right}`);
      fc.assert(
        fc.property(fc.uniqueArray(fc.oneof(plain, spaced), { minLength: 1, maxLength: 8 }), (names) => {
          const base = mkdtempSync(join(work, 'tool-'));
          mkdirSync(join(base, 'in'));
          for (const one of names) writeFileSync(join(base, 'in', one), one);
          const env = { ...process.env, LC_ALL: 'C.UTF-8', PYTHONIOENCODING: 'utf-8' };
          const bytes = execFileSync('bash', ['-c', command], { cwd: join(base, 'in'), env });
          const entries: ListingEntry[] = [];
          const reader = new ListingReader((entry) => entries.push(entry));
          reader.push(bytes);
          const summary = reader.end();
          const found = entries.flatMap((one) => [one.name, ...one.alternatives]).map(normaliseName);
          expect(found).toEqual(expect.arrayContaining(names));
          expect(summary.unreadable).toBe(0);
        }),
        { numRuns: 4 },
      );
    });
  }

  it('links are links in every dialect, with their sizes and dates', () => {
    const dir = join(work, 'links');
    mkdirSync(dir);
    writeFileSync(join(dir, 'a b'), 'abc');
    linkSync(join(dir, 'a b'), join(dir, 'hard'));
    symlinkSync('a b', join(dir, 'soft'));
    const tar = join(work, 'links.tar');
    execFileSync('tar', ['-cf', tar, '--mtime=2024-02-03 04:05:06', '-C', dir, 'a b', 'hard', 'soft']);
    const mtimes: Record<string, string> = { bsdtar: 'Feb  3  2024', busybox: '2024-02-03 04:05:06' };
    for (const [program, args] of [
      ['bsdtar', ['-tvf', tar]],
      ['busybox', ['tar', '-tvf', tar]],
    ] as const) {
      const bytes = execFileSync(program, args, { env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } });
      expect(read(bytes, 'auto').map((e) => [e.name, e.kind, e.linkTarget, e.mtime])).toEqual([
        ['a b', 'file', undefined, mtimes[program]],
        ['hard', 'hardlink', 'a b', mtimes[program]],
        ['soft', 'symlink', 'a b', mtimes[program]],
      ]);
    }
  });
});
