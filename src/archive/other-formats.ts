interface Format {
  name: string;
  at: number;
  magic: readonly number[] | string;
}

/** Other formats that may be found instead of a tar, by their first bytes. */
const FORMATS: readonly Format[] = [
  { name: 'a zip archive', at: 0, magic: [0x50, 0x4b, 3, 4] },
  { name: 'an empty zip archive', at: 0, magic: [0x50, 0x4b, 5, 6] },
  { name: 'a 7z archive', at: 0, magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { name: 'a RAR archive', at: 0, magic: 'Rar!\x1a\x07' },
  { name: 'an ar archive (or a Debian package)', at: 0, magic: '!<arch>\n' },
  { name: 'an RPM package', at: 0, magic: [0xed, 0xab, 0xee, 0xdb] },
  { name: 'a cpio archive', at: 0, magic: '070701' },
  { name: 'a cpio archive', at: 0, magic: '070702' },
  { name: 'a cpio archive', at: 0, magic: '070707' },
  { name: 'a cpio archive', at: 0, magic: [0xc7, 0x71] },
  { name: 'a cpio archive', at: 0, magic: [0x71, 0xc7] },
  { name: 'a squashfs image', at: 0, magic: 'hsqs' },
  { name: 'a PostgreSQL dump', at: 0, magic: 'PGDMP' },
  { name: 'compressed with gzip', at: 0, magic: [0x1f, 0x8b] },
  { name: 'compressed with compress (.Z)', at: 0, magic: [0x1f, 0x9d] },
  { name: 'compressed with xz', at: 0, magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] },
  { name: 'compressed with bzip2', at: 0, magic: 'BZh' },
  { name: 'compressed with zstd', at: 0, magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'compressed with lz4', at: 0, magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'compressed with lz4', at: 0, magic: [0x02, 0x21, 0x4c, 0x18] },
  { name: 'compressed with lzip', at: 0, magic: 'LZIP' },
  { name: 'compressed with lzop', at: 0, magic: [0x89, 0x4c, 0x5a, 0x4f, 0] },
  { name: 'compressed with lzma', at: 0, magic: [0x5d, 0, 0] },
  { name: 'encrypted with gpg or age', at: 0, magic: 'age-encryption.org/' },
  { name: 'encrypted with gpg or age', at: 0, magic: '-----BEGIN PGP' },
  { name: 'encrypted with gpg or age', at: 0, magic: '-----BEGIN AGE' },
  // Packets with an encrypted session key (RFC 4880, 5.1 and 5.3): by a passphrase, by RSA keys, by Curve25519.
  { name: 'encrypted with gpg or age', at: 0, magic: [0x8c, 0x0d, 4] },
  { name: 'encrypted with gpg or age', at: 0, magic: [0x85, 1, 0x0c, 3] },
  { name: 'encrypted with gpg or age', at: 0, magic: [0x85, 2, 0x0c, 3] },
  { name: 'encrypted with gpg or age', at: 0, magic: [0x84, 0x5e, 3] },
  { name: 'encrypted with openssl', at: 0, magic: 'Salted__' },
  { name: 'an SQLite database', at: 0, magic: 'SQLite format 3\0' },
  { name: 'a PDF document', at: 0, magic: '%PDF-' },
];

const HTML = /^\s*(?:<!doctype\s+html|<html|<head|<body)/i;
const XML = /^\s*<\?xml/i;
const JSON_TEXT = /^\s*[[{]\s*["[{\]}]/;

/** The name of the format of bytes that are not a tar; undefined if it is not recognized. */
export function nameFormat(head: Uint8Array): string | undefined {
  const found = FORMATS.find(({ at, magic }) =>
    typeof magic === 'string'
      ? [...magic].every((char, i) => head[at + i] === char.charCodeAt(0))
      : magic.every((byte, i) => head[at + i] === byte),
  );
  if (found !== undefined) return found.name;
  const text = Buffer.from(head.subarray(0, 512))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  if (HTML.test(text)) return 'an HTML page';
  if (XML.test(text)) return 'an XML document';
  return JSON_TEXT.test(text) ? 'a JSON document' : undefined;
}
