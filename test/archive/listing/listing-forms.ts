import { encodeName } from '../../../src/archive/names.js';

/** A form that listings are found in. */
export interface Form {
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
    .replace(/[\udc80-\udcff]/gu, (unit) => `\\${(unit.charCodeAt(0) - 0xdc00).toString(8)}`);
const python = (name: string): string =>
  name.replace(/[\udc80-\udcff]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
/** A line as GNU tar prints it. */
export const gnu = (name: string): string => `-rw-r--r-- root/staff      12 2026-04-24 03:11 ${name}`;
const ls =
  (date: string) =>
  (name: string): string =>
    `-rw-r--r--  0 root   wheel      12 ${date} ${name}`;

/** What the listings of many programs look like; those whose programs are at hand are made by them in test/debian. */
export const FORMS: Record<string, Form> = {
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
  'Solaris without kinds': { line: (name) => `rw-r--r-- 1677/40 12  Nov  7 18:15 1985     ${name}` },
  AIX: { line: (name) => `-rw-r--r--   0 0       12 Nov 20 19:26:50 2026 ${name}` },
};

function bytesOf(text: string): Buffer {
  return Buffer.from(encodeName(text));
}

export function listingOf(form: Form, names: readonly string[]): Buffer {
  const lines = names.map((name) => `${form.line((form.quote ?? ((one) => one))(name))}\n`).join('');
  return (form.encode ?? bytesOf)(`${form.head ?? ''}${lines}${form.foot ?? ''}`);
}
