/** The kinds of archive there are, by what their names end in. */
export type ArchiveFormat = 'tar' | 'tar.gz' | 'tar.zst' | 'tar.xz' | 'tar.bz2';

const SUFFIXES: readonly (readonly [suffix: string, format: ArchiveFormat])[] = [
  ['.tar.gz', 'tar.gz'],
  ['.tar', 'tar'],
  ['.tgz', 'tar.gz'],
  ['.tar.zst', 'tar.zst'],
  ['.tzst', 'tar.zst'],
  ['.tar.xz', 'tar.xz'],
  ['.txz', 'tar.xz'],
  ['.tar.bz2', 'tar.bz2'],
  ['.tbz2', 'tar.bz2'],
];

const LONGEST_SUFFIX = 8;
const LAST_CHARACTERS = new Set([...'rztRZT2'].map((char) => char.charCodeAt(0)));

/** What an object of this name is packed as, in any case; undefined when the name is not an archive's. */
export function archiveFormat(key: string): ArchiveFormat | undefined {
  // One look at the last character spares nearly every other key the slice.
  if (!LAST_CHARACTERS.has(key.charCodeAt(key.length - 1))) return undefined;
  const end = key.slice(-LONGEST_SUFFIX).toLowerCase();
  for (const [suffix, format] of SUFFIXES) if (end.endsWith(suffix)) return format;
  return undefined;
}

const DOT = 0x2e;
const EXTENSIONS = ['tar', 'tgz', 'tzst', 'txz', 'tbz2'] as const;

/**
 * Whether the last segment of a key has an archive's extension somewhere, followed by `.`, `_` or `-`:
 * `a.tar.gz.gpg`, `a.tar_old`, `a.tgz-part-aa`. Says nothing about whether the key is an archive as well.
 */
export function hasArchiveExtensionInside(key: string): boolean {
  let dot = key.indexOf('.', key.lastIndexOf('/') + 1);
  while (dot >= 0) {
    if (extensionFollowedBySeparator(key, dot + 1)) return true;
    dot = key.indexOf('.', dot + 1);
  }
  return false;
}

function extensionFollowedBySeparator(key: string, start: number): boolean {
  // Every extension starts with a t; setting bit 5 makes a letter small.
  if ((key.charCodeAt(start) | 0x20) !== 0x74) return false;
  return EXTENSIONS.some((extension) => {
    const after = key.charCodeAt(start + extension.length);
    if (after !== DOT && after !== 0x5f && after !== 0x2d) return false;
    return key.slice(start, start + extension.length).toLowerCase() === extension;
  });
}
