import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListingEntry } from '../../../src/archive/listing/entry.js';
import { ListingReader, type ListingSummary } from '../../../src/archive/listing/reader.js';

function read(
  text: string | Buffer,
  chunk = Number.POSITIVE_INFINITY,
): { entries: ListingEntry[]; summary: ListingSummary } {
  const entries: ListingEntry[] = [];
  const reader = new ListingReader((entry) => entries.push(entry));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  return { entries, summary: reader.end() };
}

const GNU = `drwxr-xr-x root/root         0 2026-04-24 03:11 data/
-rw-r--r-- 1000/1000 9876543210 2026-04-24 03:11 data/big one.csv
-rw-rw-r--+ svc/Domain Users 17 2026-04-24 03:11:59.123456789 data/acl.csv
crw-r--r-- root/root       1,3 2026-04-24 03:11 dev/null
hrw-r--r-- root/root         0 2026-04-24 03:11 data/hard.csv link to data/big one.csv
lrwxrwxrwx root/root         0 2026-04-24 03:11 data/soft -> ../x
block 12: -rw-r--r-- root/root 5 2026-04-24 03:11 data/blocks.csv
`;
const BSD = `drwxr-xr-x  0 root   wheel       0 Apr 24 03:11 data/
-rw-r--r--  0 1000   1000   9876543210 Apr 24  2025 data/big one.csv
-rw-r--r--  0 root   Domain Users 17 24 Apr 03:11 data/european.csv
crw-r--r--  0 root   root      1,3 Nov 20 19:26 dev/null
hrw-r--r--  0 root   root        0 Nov 20 19:26 data/hard.csv link to data/big one.csv
`;
const BUSYBOX = `drwxr-xr-x root/root         0 2026-11-20 19:26:50 data/
-rw-r--r-- root/root         3 2026-11-20 19:26:50 data/a b.csv
-rw-r--r-- root/root         0 2026-11-20 19:26:50 data/hard.csv -> data/a b.csv
crw-r--r-- root/root         0 2026-11-20 19:26:50 dev/null
`;

describe('listings in the wild', () => {
  it('GNU tar: sizes over 8 GiB, numeric owners, owners with spaces, ACL marks, fractions, block numbers', () => {
    const { entries, summary } = read(GNU);
    expect(entries.map((e) => [e.kind, e.name, e.sizeBytes, e.mtime])).toEqual([
      ['directory', 'data/', 0, '2026-04-24 03:11'],
      ['file', 'data/big one.csv', 9_876_543_210, '2026-04-24 03:11'],
      ['file', 'data/acl.csv', 17, '2026-04-24 03:11:59.123456789'],
      ['device', 'dev/null', undefined, '2026-04-24 03:11'],
      ['hardlink', 'data/hard.csv', 0, '2026-04-24 03:11'],
      ['symlink', 'data/soft', 0, '2026-04-24 03:11'],
      ['file', 'data/blocks.csv', 5, '2026-04-24 03:11'],
    ]);
    expect(summary).toEqual({
      lines: 7,
      entries: 7,
      noise: 0,
      unreadable: 0,
      truncated: false,
      verbose: true,
    });
  });

  it('bsdtar: year or time, day before month', () => {
    expect(read(BSD).entries.map((e) => [e.kind, e.name, e.sizeBytes, e.mtime])).toEqual([
      ['directory', 'data/', 0, 'Apr 24 03:11'],
      ['file', 'data/big one.csv', 9_876_543_210, 'Apr 24  2025'],
      ['file', 'data/european.csv', 17, '24 Apr 03:11'],
      ['device', 'dev/null', undefined, 'Nov 20 19:26'],
      ['hardlink', 'data/hard.csv', 0, 'Nov 20 19:26'],
    ]);
  });

  it('BusyBox: a hard link in the mode of a file', () => {
    expect(read(BUSYBOX).entries.map((e) => [e.kind, e.name, e.linkTarget])).toEqual([
      ['directory', 'data/', undefined],
      ['file', 'data/a b.csv', undefined],
      ['hardlink', 'data/hard.csv', 'data/a b.csv'],
      ['device', 'dev/null', undefined],
    ]);
  });

  it('CRLF is a line end, in plain and verbose listings', () => {
    expect(read(GNU.replaceAll('\n', '\r\n')).entries).toEqual(read(GNU).entries);
    expect(read('data/a.csv\r\ndata/b c.csv\r\n').entries.map((e) => e.name)).toEqual([
      'data/a.csv',
      'data/b c.csv',
    ]);
  });

  it('a listing that was cut off says so, wherever it was cut', () => {
    for (let cut = 1; cut < GNU.length; cut += 1) {
      const { summary } = read(GNU.slice(0, cut));
      expect(summary.truncated).toBe(GNU[cut - 1] !== '\n');
    }
  });

  it('messages among the names are counted and are not names', () => {
    const { entries, summary } = read(
      `tar: Removing leading \`/' from member names\n${GNU}gzip: stdin: unexpected end of file\n`,
    );
    expect(entries.map((e) => e.name)).toEqual(read(GNU).entries.map((e) => e.name));
    expect(summary).toMatchObject({ noise: 2, unreadable: 0 });
  });

  it('a line end inside a name is joined, counted, and the short reading is kept', () => {
    const { entries, summary } = read(
      '-rw-r--r-- a/b 3 2026-04-24 03:11 data/x\ny.csv\n-rw-r--r-- a/b 3 2026-04-24 03:11 z\n',
    );
    expect(entries.map((e) => [e.name, e.alternatives])).toEqual([
      ['data/x\ny.csv', ['data/x']],
      ['z', []],
    ]);
    expect(summary.unreadable).toBe(1);
  });

  it('octal escapes of a listing made in the C locale stand for the same name', () => {
    expect(read('data/uml \\303\\274.csv\n').entries[0]?.name).toBe('data/uml ü.csv');
    expect(read('data/win\\path\\dir.csv\n').entries[0]?.name).toBe('data/win\\path\\dir.csv');
  });

  it('every width of chunk reads the same', () => {
    const text = `${GNU}odd line\n${BSD}${BUSYBOX}`;
    const whole = read(text);
    for (let width = 1; width < 80; width += 1) expect(read(text, width)).toEqual(whole);
  });

  it('any bytes at all: nothing thrown, every line an entry, noise or unreadable', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (bytes, width) => {
        const { entries, summary } = read(Buffer.from(bytes), width);
        expect(entries).toHaveLength(summary.entries);
        expect(summary.entries + summary.noise + summary.unreadable).toBe(summary.lines);
      }),
    );
  });

  it('a line of a million spaces, quotes or arrows is parsed immediately', () => {
    for (const piece of [' ', "'", '"', ' -> ', '\\', 'a/', '1 ', '2026-04-24 03:11 ']) {
      const long = piece.repeat(1_000_000 / piece.length);
      read(
        `-rw-r--r-- a/b 3 2026-04-24 03:11 x\n-rw-r--r-- ${long}\nlrwxrwxrwx a/b 0 2026-04-24 03:11 ${long.slice(0, 200_000)}\n`,
      );
      read(`${long.slice(0, 200_000)}\n`);
    }
  });
});
