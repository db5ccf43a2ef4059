import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListingEntry, Quoting } from '../../../src/archive/listing/entry.js';
import { ListingReader, type ListingSummary } from '../../../src/archive/listing/reader.js';
import { decodeName, encodeName } from '../../../src/archive/names.js';
import { caseCount } from '../../support/property-runs.js';

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'salvor-listing-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function read(
  bytes: Buffer,
  quoting: Quoting = 'auto',
): { entries: ListingEntry[]; summary: ListingSummary } {
  const entries: ListingEntry[] = [];
  const reader = new ListingReader((entry) => entries.push(entry), quoting);
  reader.push(bytes);
  return { entries, summary: reader.end() };
}

/** A name of one path segment, as bytes: everything but NUL and a slash, also what is no UTF-8. */
const hostileName = fc
  .uint8Array({ minLength: 1, maxLength: 24 })
  .map((bytes) => decodeName(Buffer.from(bytes.filter((b) => b !== 0 && b !== 0x2f))))
  .filter((name) => !['', '.', '..'].includes(name));
const ordinaryName = fc.string({
  unit: fc.constantFrom(...'abcXYZ019._- \t\n\r\\"\'ü名->'),
  minLength: 1,
  maxLength: 16,
});
const name = fc.oneof(
  hostileName,
  ordinaryName.filter((n) => !['.', '..'].includes(n)),
);

let archives = 0;
function archiveOf(names: readonly string[]): { tar: string; stored: string[] } {
  archives += 1;
  const dir = join(work, `d${archives}`);
  mkdirSync(dir);
  const stored: string[] = [];
  for (const one of names) {
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), encodeName(one)]), 'x'.repeat(stored.length));
    stored.push(`./${one}`);
  }
  const list = join(work, `list${archives}`);
  writeFileSync(list, Buffer.concat(stored.flatMap((one) => [encodeName(one), Buffer.from([0])])));
  const tar = join(work, `${archives}.tar`);
  execFileSync('tar', ['-cf', tar, '-C', dir, '--no-unquote', '--null', '-T', list]);
  rmSync(dir, { recursive: true });
  return { tar, stored };
}

const STYLES = ['literal', 'escape', 'c', 'c-maybe', 'shell', 'shell-always', 'locale'] as const;

describe('what GNU tar lists is read back name for name', () => {
  for (const style of STYLES) {
    it(`--quoting-style=${style}, in UTF-8 and in the C locale`, () => {
      fc.assert(
        fc.property(
          fc.uniqueArray(name, { minLength: 1, maxLength: 12 }),
          fc.constantFrom('C', 'C.UTF-8'),
          (all, locale) => {
            // Where line ends are written as they are, CR LF inside a name is a CR LF line end.
            const names = /^(?:literal|shell)/.test(style)
              ? all.filter((one) => !/\r(?:\n|$)/.test(one))
              : all;
            if (names.length === 0) return;
            const { tar, stored } = archiveOf(names);
            const env = { ...process.env, LC_ALL: locale };
            const bytes = execFileSync('tar', [`--quoting-style=${style}`, '-tvf', tar], { env });
            const { entries, summary } = read(bytes, style);
            expect(entries.map((entry) => entry.name)).toEqual(stored);
            expect(entries.map((entry) => entry.sizeBytes)).toEqual(stored.map((_, i) => i));
            expect(summary).toMatchObject({ unreadable: 0, truncated: false, verbose: true });
          },
        ),
        { numRuns: caseCount(15) },
      );
    });
  }

  it('the default style, without being told which it is, plain and verbose', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), fc.boolean(), (names, verbose) => {
        const { tar, stored } = archiveOf(names);
        const bytes = execFileSync('tar', [verbose ? '-tvf' : '-tf', tar], {
          env: { ...process.env, LC_ALL: 'C' },
        });
        expect(read(bytes).entries.map((entry) => entry.name)).toEqual(stored);
      }),
      { numRuns: caseCount(25) },
    );
  });

  it('every style without being told: the name is the likeliest reading or one of the others', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...STYLES),
        (names, style) => {
          const plain = names.filter((one) => !/[\r\n]/.test(one));
          if (plain.length === 0) return;
          const { tar, stored } = archiveOf(plain);
          const bytes = execFileSync('tar', [`--quoting-style=${style}`, '-tvf', tar]);
          const readings = read(bytes).entries.map((entry) => [entry.name, ...entry.alternatives]);
          expect(readings).toHaveLength(stored.length);
          for (const [i, one] of stored.entries()) expect(readings[i]).toContain(one);
        },
      ),
      { numRuns: caseCount(40) },
    );
  });
});

describe('what is no plain file', () => {
  it('links, directories, and FIFOs are distinguished in every style', () => {
    const dir = join(work, 'kinds');
    mkdirSync(join(dir, 'sub'), { recursive: true });
    writeFileSync(join(dir, 'a b'), 'abc');
    linkSync(join(dir, 'a b'), join(dir, 'hard link'));
    symlinkSync('a -> b', join(dir, 'soft'));
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    const tar = join(work, 'kinds.tar');
    execFileSync('tar', ['-cf', tar, '-C', dir, 'a b', 'hard link', 'soft', 'pipe', 'sub']);
    for (const style of STYLES) {
      const { entries } = read(execFileSync('tar', [`--quoting-style=${style}`, '-tvf', tar]), style);
      expect(entries.map((e) => [e.name, e.kind, e.linkTarget])).toEqual([
        ['a b', 'file', undefined],
        ['hard link', 'hardlink', 'a b'],
        ['soft', 'symlink', 'a -> b'],
        ['pipe', 'fifo', undefined],
        ['sub/', 'directory', undefined],
      ]);
    }
  });
});
