import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListingEntry } from '../../../src/archive/listing/entry.js';
import { Needles } from '../../../src/archive/listing/needles.js';
import { ListingReader, type ListingSummary } from '../../../src/archive/listing/reader.js';
import { ListingSearch, type SearchSummary } from '../../../src/archive/listing/search.js';
import { decodeName, encodeName } from '../../../src/archive/names.js';

interface Form {
  /** The line of a member, without its line end. */
  line: (name: string) => string;
  head?: string;
  foot?: string;
  /** How the program writes what cannot be printed as it is; names are left as they are otherwise. */
  quote?: (name: string) => string;
  encode?: (text: string) => Buffer;
}

const escaped = (name: string): string =>
  name
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replace(/[\udc80-\udcff]/g, (unit) => `\\${(unit.charCodeAt(0) - 0xdc00).toString(8)}`);
const python = (name: string): string =>
  name.replace(/[\udc80-\udcff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
const gnu = (name: string): string => `-rw-r--r-- root/staff      12 2026-04-24 03:11 ${name}`;
const ls =
  (date: string) =>
  (name: string): string =>
    `-rw-r--r--  0 root   wheel      12 ${date} ${name}`;

const FORMS: Record<string, Form> = {
  'tar -tf': { line: (name) => name, quote: escaped },
  'tar -tf, indented': { line: (name) => `    ${name}`, quote: escaped },
  'tar -tRf': {
    line: (name) => `block 12: ${name}`,
    quote: escaped,
    foot: 'block 14: ** Block of NULs **\n',
  },
  'tar -tvf': { line: gnu, quote: escaped },
  'tar -tvf, indented': { line: (name) => `  ${gnu(name)}`, quote: escaped },
  'tar -tRvf': { line: (name) => `block 3: ${gnu(name)}`, quote: escaped },
  'tar -tvf --full-time': {
    line: (name) => `-rw-r--r-- root/staff 12 2026-04-24 03:11:59.123456789 ${name}`,
    quote: escaped,
  },
  'tar -tvf, owners with spaces': {
    line: (name) => `-rw-rw-r--+ svc/Domain Users 12 2026-04-24 03:11 ${name}`,
    quote: escaped,
  },
  'tar -tvf after a heading': { head: '# listing of the night\n', line: gnu, quote: escaped },
  'tar -tvf after a heading of words': {
    head: 'Backup of host atlas, artifacts\n\n',
    line: gnu,
    quote: escaped,
  },
  'tar -tvf with messages': {
    head: "tar: Removing leading `/' from member names\n",
    line: gnu,
    foot: 'Total bytes read: 10240 (10KiB, 3.2MiB/s)\n',
    quote: escaped,
  },
  'tar -tvf with a byte order mark': {
    line: gnu,
    quote: escaped,
    encode: (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytesOf(text)]),
  },
  'tar -tvf in UTF-16': {
    line: gnu,
    quote: escaped,
    encode: (text) => Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le'),
  },
  'tar -tvf in UTF-16 without a mark': {
    line: gnu,
    quote: escaped,
    encode: (text) => Buffer.from(text, 'utf16le'),
  },
  'tar -tvf in UTF-16, big-endian': {
    line: gnu,
    quote: escaped,
    encode: (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  },
  'tar -tvf with CRLF': {
    line: gnu,
    quote: escaped,
    encode: (text) => bytesOf(text.replaceAll('\n', '\r\n')),
  },
  ...Object.fromEntries(
    ['Verknüpfung zu', 'lien vers', 'dowiązanie do', 'ссылка на', 'enlace a'].map((words) => [
      `a hard link: ${words}`,
      {
        line: (name: string) =>
          `hrw-r--r-- root/staff       0 2026-04-24 03:11 ${name} ${words} data/other.csv`,
        quote: escaped,
      },
    ]),
  ),
  'a hard link with its words at the end': {
    line: (name) => `hrw-r--r-- root/staff       0 2026-04-24 03:11 ${name} data/other.csv へのリンク`,
    quote: escaped,
  },
  ...Object.fromEntries(
    [
      'Apr 24 03:11',
      'Apr 24  2025',
      ' 2月  3 04:05',
      '2월   3  2023',
      'Thg 2  3 04:05',
      'févr.  3 04:05',
      '13 Jun 09:54',
      ' 6  3月 09:54',
      '6  Feb  2023',
      ' 3. helmi 2023',
      'ก.พ.  3 04:05',
    ].map((date) => [`bsdtar: ${date}`, { line: ls(date), quote: escaped }]),
  ),
  'bsdtar -tvv': {
    line: ls('Apr 24 03:11'),
    quote: escaped,
    foot: 'Archive Format: GNU tar format,  Compression: none\n',
  },
  'bsdtar -cv': { line: (name) => `a ${name}`, quote: escaped },
  'bsdtar -xv': { line: (name) => `x ${name}`, quote: escaped },
  'busybox tar -tvf': { line: (name) => `-rw-r--r-- root/root        12 2026-11-20 19:26:50 ${name}` },
  'busybox, a hard link': {
    line: (name) => `-rw-r--r-- root/root         0 2026-11-20 19:26:50 ${name} -> data/other.csv`,
  },
  'python3 -m tarfile -l': { line: (name) => `${name} `, quote: python },
  'python3 -m tarfile -v -l': {
    line: (name) => `?rw-r--r-- root/root         12 2026-11-28 13:58:59 ${name} `,
    quote: python,
  },
  'cpio -tv': {
    head: '9 blocks\n',
    line: (name) => `-rw-r--r--   1 root     root           12 Nov 28 13:58 ${name}`,
  },
  'pax -v': {
    line: (name) => `-rw-r--r--  1 root     root            12 Nov 28 13:58 ${name}`,
    foot: 'pax: ustar vol 1, 6 files, 10240 bytes read, 0 bytes written.\n',
  },
  'pax -v, a hard link': {
    line: (name) => `-rw-r--r--  2 root     root             0 Nov 28 13:58 ${name} == data/other.csv`,
  },
  'unzip -l': {
    head: 'Archive:  a.zip\n  Length      Date    Time    Name\n---------  ---------- -----   ----\n',
    line: (name) => `       12  2026-11-28 13:58   ${name}`,
    foot: '---------                     -------\n        8                     5 files\n',
  },
  'unzip -v': {
    head: 'Archive:  a.zip\n Length   Method    Size  Cmpr    Date    Time   CRC-32   Name\n--------  ------  ------- ---- ---------- ----- --------  ----\n',
    line: (name) => `      12  Defl:N       10  17% 2026-11-28 13:58 ddeaa107  ${name}`,
    foot: '--------          -------  ---                            -------\n       8                8   0%                            5 files\n',
  },
  zipinfo: {
    head: 'Archive:  a.zip\nZip file size: 734 bytes, number of entries: 5\n',
    line: (name) => `-rw-r--r--  3.0 unx       12 tx stor 26-Nov-28 13:58 ${name}`,
    foot: '5 files, 8 bytes uncompressed, 8 bytes compressed:  0.0%\n',
  },
  'zipinfo of a FAT system': {
    line: (name) => `-rw----     2.0 fat       12 b- defN 26-Nov-28 13:58 ${name}`,
  },
  'zipinfo -T': { line: (name) => `-rw-r--r--  3.0 unx       12 tx stor 20261128.135859 ${name}` },
  'jar tv': { line: (name) => `    12 Sat Nov 28 13:58:58 UTC 2026 ${name}` },
  '7z l': {
    head: '\n7-Zip [64] 26.02 : Copyright (c) 1999-2026 Igor Pavlov : 2026-06-25\n\nListing archive: a.7z\n\n--\nPath = a.7z\nType = 7z\nPhysical Size = 228\n\n   Date      Time    Attr         Size   Compressed  Name\n------------------- ----- ------------ ------------  ------------------------\n',
    line: (name) => `2026-11-28 13:58:59 ....A           12           17  ${name}`,
    foot: '------------------- ----- ------------ ------------  ------------------------\n2026-11-28 13:58:59                  8           17  5 files, 1 folders\n',
  },
  star: { line: (name) => `     12 -rw-r--r--  root/root Nov 20 19:26 2026 ${name}` },
  Solaris: { line: (name) => `-rw-r--r--   0/1       12 Nov 20 19:26 2026 ${name}` },
  'Solaris without kinds': { line: (name) => `rw-r--r-- 1677/40 2123  Nov  7 18:15 1985     ${name}` },
  AIX: { line: (name) => `-rw-r--r--   0 0       12 Nov 20 19:26:50 2026 ${name}` },
};

function bytesOf(text: string): Buffer {
  return Buffer.from(encodeName(text));
}

function listing(form: Form, names: readonly string[]): Buffer {
  const lines = names.map((name) => `${form.line((form.quote ?? ((one) => one))(name))}\n`).join('');
  return (form.encode ?? bytesOf)(`${form.head ?? ''}${lines}${form.foot ?? ''}`);
}

function read(bytes: Buffer): { entries: ListingEntry[]; summary: ListingSummary } {
  const entries: ListingEntry[] = [];
  const reader = new ListingReader((entry) => entries.push(entry));
  for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7));
  return { entries, summary: reader.end() };
}

function search(bytes: Buffer, needle: string): { readings: string[][]; summary: SearchSummary } {
  const readings: string[][] = [];
  const one = new ListingSearch(new Needles([needle]), {
    entry: (entry) => readings.push([entry.name, ...entry.alternatives]),
  });
  for (let at = 0; at < bytes.length; at += 11) one.push(bytes.subarray(at, at + 11));
  return { readings, summary: one.end() };
}

const ordinary = fc.string({
  unit: fc.constantFrom(...'abcXYZ01._- "\'ü名#=:'),
  minLength: 1,
  maxLength: 12,
});
const hostile = fc.oneof(
  ordinary,
  fc.string({
    unit: fc.constantFrom('a', '\t', '\n', '\r', '\\', ' -> ', ' link to ', ' == ', 'ü'),
    maxLength: 6,
  }),
  fc
    .uint8Array({ minLength: 1, maxLength: 10 })
    .map((bytes) => decodeName(bytes.filter((byte) => byte !== 0 && byte !== 0x2f))),
);
const path = fc.tuple(hostile, fc.nat(99)).map(([name, number]) => `./data/${name}/wanted-${number}.csv`);

describe('every form that a listing is found in', () => {
  for (const [title, form] of Object.entries(FORMS)) {
    it(`${title}: each name is read back, or its line is counted as unreadable`, () => {
      fc.assert(
        fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), (names) => {
          // In a byte order of two bytes there are no bytes that are not UTF-8.
          const usable =
            form.encode === undefined ? names : names.filter((name) => !/[\udc80-\udcff]/.test(name));
          const bytes = listing(form, usable);
          const { entries, summary } = read(bytes);
          expect(summary.entries + summary.noise + summary.unreadable).toBe(summary.lines);
          const found = new Set(entries.flatMap((entry) => [entry.name, ...entry.alternatives]));
          const lost = usable.filter((name) => !found.has(name));
          expect({ lost: lost.length, unreadable: summary.unreadable }).toSatisfy(
            (one: { lost: number; unreadable: number }) =>
              one.lost === 0 || one.unreadable > 0 || isCut(lost),
          );
        }),
        { numRuns: 40 },
      );
    });

    it(`${title}: the search finds the name, and nothing is unreadable`, () => {
      const names = ['./data/a.csv', './data/b c.csv', './data/wanted file.csv', './z/w.csv'];
      const bytes = listing(form, names);
      const { readings, summary } = search(bytes, 'wanted');
      expect(readings).toHaveLength(1);
      expect(readings[0]).toContain('./data/wanted file.csv');
      expect(summary).toMatchObject({ unreadable: 0, truncated: false });
      expect(summary.foreign).toBeUndefined();
      expect(read(bytes).summary).toMatchObject({ entries: 4, unreadable: 0 });
    });
  }
});

/** A program that writes line ends as they are gives lines that are names of their own, in a list of names. */
function isCut(lost: readonly string[]): boolean {
  return lost.every((name) => /[\r\n]/.test(name));
}

describe('what is no listing', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    [
      'messages only',
      'tar: a.tar: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n',
    ],
    [
      'a table of a form that is not known',
      'x.csv  12  2026-04-24  03:11  root\ny.csv  13  2026-04-24  03:12  root\n',
    ],
    ['a log', '2026-04-24 03:11:02 17 INFO started\n2026-04-24 03:11:09 18 INFO ended\n'],
    ['verbose lines that cannot be read', '-rw-r--r-- x y z data/a.csv\ndrwxr-xr-x x y z data/\n'],
  ])('%s says so', (_, text) => {
    expect(search(Buffer.from(text), 'wanted').summary.foreign).toBeDefined();
  });

  it('lines that cannot be read are counted, whether or not they hold a name that is looked for', () => {
    const text = `${gnu('a.csv')}\nwhat is this\n-rw-r--r-- x y z data/b.csv\n${gnu('c.csv')}\n`;
    expect(search(Buffer.from(text), 'wanted').summary).toMatchObject({ lines: 4, unreadable: 2 });
    expect(read(Buffer.from(text)).summary.unreadable).toBe(2);
  });
});

it('a heading that holds a wanted name is told', () => {
  const lines: string[] = [];
  const one = new ListingSearch(new Needles(['wanted']), {
    entry: () => undefined,
    other: (line) => lines.push(line),
  });
  one.push(Buffer.from(`without wanted.csv\n${gnu('a.csv')}\n`));
  one.end();
  expect(lines).toEqual(['without wanted.csv']);
});
