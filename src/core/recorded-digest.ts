/** Digests that a registry may have recorded before Salvor, in the spellings that are in use. */

export const DIGEST_ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

const BYTES: Readonly<Record<DigestAlgorithm, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };

/** A recorded digest from one column or key of a row. `hex` is in lower case. */
export type ParsedDigest =
  | { kind: 'none' }
  | { kind: 'digest'; algorithm: DigestAlgorithm; hex: string }
  | { kind: 'malformed'; reason: string };

/** The codes of https://github.com/multiformats/multicodec with the length that follows them, in hex. */
const MULTIHASH: Readonly<Record<string, DigestAlgorithm>> = {
  d50110: 'md5',
  '1114': 'sha1',
  '1220': 'sha256',
  '1340': 'sha512',
};

/**
 * Parses a recorded digest: hex in any case, base64 (with or without padding, also the URL-safe alphabet), or either
 * after `md5:`, `sha256:` … or `sha256-` (as in Subresource Integrity). The prefix overrides the configured algorithm.
 * Also a multihash in hex (STAC's `file:checksum`), quotes around the value (ETags), `oid sha256:…` (Git LFS), and
 * `sha-256=:…:` (RFC 9530).
 */
export function parseDigest(text: string | null, configured: DigestAlgorithm): ParsedDigest {
  const trimmed = (text?.trim() ?? '').replace(/^"([^"]*)"$/, '$1').replace(/^oid /, '');
  if (trimmed === '') return { kind: 'none' };
  const known = multihash(trimmed);
  if (known !== undefined) return known;
  if (/^[0-9a-f]{32}-\d{1,5}$/i.test(trimmed))
    return { kind: 'malformed', reason: 'it is the ETag of a multipart upload, not a digest of the content' };
  const [, prefix, rest = ''] =
    /^([A-Za-z][A-Za-z0-9_-]{0,15}?)\s*[:=]\s*(.+)$/s.exec(trimmed) ?? integrity(trimmed);
  const algorithm = prefix === undefined ? configured : algorithmNamed(prefix);
  if (algorithm === undefined) return { kind: 'malformed', reason: `${prefix} is not a supported algorithm` };
  const value = prefix === undefined ? trimmed : rest.trim().replace(/^:(.*):$/s, '$1');
  const hex = hexOf(value, BYTES[algorithm]);
  if (hex !== undefined) return { kind: 'digest', algorithm, hex };
  return {
    kind: 'malformed',
    reason: `it is not a ${algorithm} in ${2 * BYTES[algorithm]} hex digits or base64`,
  };
}

function multihash(text: string): ParsedDigest | undefined {
  for (const [code, algorithm] of Object.entries(MULTIHASH)) {
    const hex = text.slice(code.length).toLowerCase();
    const isOne = text.toLowerCase().startsWith(code) && hex.length === 2 * BYTES[algorithm];
    if (isOne && /^[0-9a-f]+$/.test(hex)) return { kind: 'digest', algorithm, hex };
  }
  return undefined;
}

/** `sha1`, `SHA-256`, `sha_512`; iRODS writes `sha2` for SHA-256. */
function algorithmNamed(name: string): DigestAlgorithm | undefined {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  if (plain === 'sha2') return 'sha256';
  return DIGEST_ALGORITHMS.find((algorithm) => algorithm === plain);
}

/** `md5:…`, the form in which digests are stored and shown. */
export function digestText(algorithm: DigestAlgorithm, hex: string): string {
  return `${algorithm}:${hex}`;
}

/** Base64 may contain a minus sign, so only the name of an algorithm before one counts as a prefix. */
function integrity(text: string): [string, string | undefined, string] {
  const match = /^(md5|sha1|sha256|sha512)-(.+)$/is.exec(text);
  return match === null ? [text, undefined, ''] : [text, match[1], match[2] ?? ''];
}

function hexOf(value: string, bytes: number): string | undefined {
  if (/^[0-9a-f]+$/i.test(value) && value.length === 2 * bytes) return value.toLowerCase();
  const unpadded = value.replace(/=+$/, '');
  const isBase64 = /^[A-Za-z0-9+/_-]+$/.test(unpadded) && unpadded.length === Math.ceil((bytes * 4) / 3);
  const padding = value.length - unpadded.length;
  if (!isBase64 || (padding > 0 && value.length % 4 !== 0)) return undefined;
  const decoded = Buffer.from(unpadded, 'base64');
  // Bits after the last byte must be zero: a different spelling of the same digest is probably a typo.
  const canonical = decoded.toString('base64').replace(/=+$/, '');
  return canonical === unpadded.replace(/-/g, '+').replace(/_/g, '/') ? decoded.toString('hex') : undefined;
}
