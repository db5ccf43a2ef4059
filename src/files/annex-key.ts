/** The algorithms that stand-ins use. */
export const STATED_ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

/** A digest of a content according to another program. */
export interface StatedDigest {
  algorithm: (typeof STATED_ALGORITHMS)[number];
  /** Lower case. */
  hex: string;
}

/** The facts about a content in its git-annex key. */
export interface AnnexKey {
  digest: StatedDigest | null;
  sizeBytes: number | null;
}

/**
 * The digest and its number of hex digits for each git-annex backend; backends with an `E` suffix keep the extension.
 */
const ALGORITHMS: Readonly<Record<string, { algorithm: StatedDigest['algorithm']; digits: number }>> = {
  MD5: { algorithm: 'md5', digits: 32 },
  SHA1: { algorithm: 'sha1', digits: 40 },
  SHA224: { algorithm: 'sha224', digits: 56 },
  SHA256: { algorithm: 'sha256', digits: 64 },
  SHA384: { algorithm: 'sha384', digits: 96 },
  SHA512: { algorithm: 'sha512', digits: 128 },
};

/**
 * Parses `SHA256E-s104857600--DIGEST.nii.gz` (git-annex, "internals/key_format"); undefined if it is not a key. The key
 * of a chunk has the digest of the whole content but the size of the chunk, so that size is ignored.
 */
export function annexKeyOf(name: string): AnnexKey | undefined {
  const parts = /^([A-Z0-9_]+)((?:-[smSC]\d+)*)--(.+)$/s.exec(name);
  if (parts === null) return undefined;
  const [, backend = '', fields = '', rest = ''] = parts;
  const size = /-s(\d{1,15})(?=-|$)/.exec(fields)?.[1];
  return {
    digest: digestIn(backend, rest),
    sizeBytes: size === undefined || /-[SC]\d/.test(fields) ? null : Number(size),
  };
}

function digestIn(backend: string, rest: string): StatedDigest | null {
  const name = backend.endsWith('E') ? backend.slice(0, -1) : backend;
  const known = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  if (known === undefined) return null;
  const hex = new RegExp(`^([0-9a-f]{${known.digits}})(?![0-9a-f])`, 'i').exec(rest)?.[1];
  return hex === undefined ? null : { algorithm: known.algorithm, hex: hex.toLowerCase() };
}
