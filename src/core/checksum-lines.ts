/** Lines of checksum files, as sha256sum, md5sum, shasum, cksum, the BSDs, openssl and BagIt write them. */

/** One line that names a digest. Names are bytes, one per character (latin1). */
export interface ChecksumLine {
  /** As written in the line: `SHA256`, `SHA2-512`; null if the line names none. */
  algorithm: string | null;
  digest: string;
  /** Null for a line that has a digest only. */
  name: string | null;
}

export interface ChecksumLines {
  lines: readonly ChecksumLine[];
  /** Number of other lines, not counting blank lines and comments. */
  unreadable: number;
}

/** `SHA256 (name) = digest`, or openssl's `SHA2-256(name)= digest`; the name may contain any of these characters. */
const TAGGED = /^([A-Za-z][A-Za-z0-9/_-]{1,15}) ?\((.*)\) ?= ?(\S+)$/s;
/** A digest, a space, and a space or `*` before the name; BagIt and `md5 -r` allow any white space there. */
const PLAIN = /^([0-9A-Za-z+/_=-]{22,128})(?:[ \t][ *]|[ \t]+\*?)(.+)$/s;
const ALONE = /^([0-9A-Za-z+/_=-]{22,128})\s*$/;
const COMMENT = /^\s*(?:[#;]|$)/;
/** Header lines of a PGP-signed file. Nothing after the start of the signature is read. */
const SIGNED = /^-----BEGIN PGP SIGNED MESSAGE-----$|^Hash: |^$/;
const SIGNATURE = /^-----BEGIN PGP SIGNATURE-----$/;

/**
 * Reads a checksum file.
 * @param text its bytes, one per character
 * @param encoding how line breaks in names are escaped: `gnu` with a backslash at the start of the line, `bagit` with
 *   percent-encoding
 */
export function parseChecksumLines(text: string, encoding: 'gnu' | 'bagit' = 'gnu'): ChecksumLines {
  const lines: ChecksumLine[] = [];
  let unreadable = 0;
  for (const ended of text.replace(/^\xef\xbb\xbf/, '').split('\n')) {
    const line = ended.replace(/\r$/, '');
    if (SIGNATURE.test(line)) break;
    if (COMMENT.test(line) || SIGNED.test(line)) continue;
    const parsed = encoding === 'bagit' ? bagitLine(line) : gnuLine(line);
    if (parsed === undefined) unreadable += 1;
    else lines.push(parsed);
  }
  return { lines, unreadable };
}

function gnuLine(line: string): ChecksumLine | undefined {
  const isEscaped = line.startsWith('\\');
  const parsed = plainLine(isEscaped ? line.slice(1) : line);
  if (!isEscaped || parsed === undefined || parsed.name === null) return parsed;
  const name = unescaped(parsed.name);
  return name === undefined ? undefined : { ...parsed, name };
}

function plainLine(line: string): ChecksumLine | undefined {
  const tagged = TAGGED.exec(line);
  if (tagged) return { algorithm: tagged[1] ?? '', name: tagged[2] ?? '', digest: tagged[3] ?? '' };
  const alone = ALONE.exec(line);
  if (alone) return { algorithm: null, name: null, digest: alone[1] ?? '' };
  const plain = PLAIN.exec(line);
  return plain ? { algorithm: null, digest: plain[1] ?? '', name: plain[2] ?? '' } : undefined;
}

function bagitLine(line: string): ChecksumLine | undefined {
  const parsed = plainLine(line);
  if (parsed === undefined || parsed.name === null || parsed.algorithm !== null) return undefined;
  const name = parsed.name
    .replace(/^[ \t*]+/, '')
    .replace(/%(0A|0D|25)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { ...parsed, name };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' };

/** Undefined for an escape that no tool writes, because the intended name is unknown. */
function unescaped(name: string): string | undefined {
  let isKnown = true;
  const text = name.replace(/\\(.?)/gs, (_, sign: string) => {
    isKnown &&= ESCAPES[sign] !== undefined;
    return ESCAPES[sign] ?? '';
  });
  return isKnown ? text : undefined;
}
