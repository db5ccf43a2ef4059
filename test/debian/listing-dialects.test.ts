import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListingEntry, Quoting } from '../../src/archive/listing/entry.js';
import { ListingReader } from '../../src/archive/listing/reader.js';

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

describe('what other programs list is read back name for name', () => {
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
