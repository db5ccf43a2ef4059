import { COMPRESSIONS } from './compressions.js';

/** Each suffix with the usual suffix of its compression, without the dot. */
const SUFFIXES = Object.values(COMPRESSIONS).flatMap(({ suffixes }) =>
  suffixes.map((suffix) => [suffix, suffixes[0].slice(1)] as const),
);

const LONGEST_SUFFIX = Math.max(...SUFFIXES.map(([suffix]) => suffix.length));
const LAST_CHARACTERS = new Set(
  SUFFIXES.flatMap(([suffix]) => {
    const last = suffix.slice(-1);
    return [last.charCodeAt(0), last.toUpperCase().charCodeAt(0)];
  }),
);

/** The archive format of a key by its suffix, ignoring case; undefined if the key is not that of an archive. */
export function archiveFormat(key: string): string | undefined {
  return suffixOf(key)?.[1];
}

/** The name of the tar that a compressed archive was made of, as the programs that decompress it name it. */
export function tarNameOf(name: string): string | undefined {
  const found = suffixOf(name);
  return found === undefined || found[1] === 'tar' ? undefined : `${name.slice(0, -found[0].length)}.tar`;
}

function suffixOf(key: string): (typeof SUFFIXES)[number] | undefined {
  // Checking the last character first avoids the slice for nearly all other keys.
  if (!LAST_CHARACTERS.has(key.charCodeAt(key.length - 1))) return undefined;
  const end = key.slice(-LONGEST_SUFFIX).toLowerCase();
  for (const entry of SUFFIXES) if (end.endsWith(entry[0])) return entry;
  return undefined;
}

const DOT = 0x2e;
/** The first extension in each suffix: `tar` of `.tar.gz`, `tgz`. */
const EXTENSIONS = [...new Set(SUFFIXES.map(([suffix]) => suffix.split('.')[1] ?? ''))];
const FIRST_CHARACTERS = new Set(EXTENSIONS.map((extension) => extension.charCodeAt(0)));

/**
 * Whether the last segment of a key has an archive's extension somewhere, followed by `.`, `_` or `-`:
 * `a.tar.gz.gpg`, `a.tar_old`, `a.tgz-part-aa`. Does not check whether the key itself is an archive.
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
  // Setting bit 5 makes a letter lowercase.
  if (!FIRST_CHARACTERS.has(key.charCodeAt(start) | 0x20)) return false;
  return EXTENSIONS.some((extension) => {
    const after = key.charCodeAt(start + extension.length);
    if (after !== DOT && after !== 0x5f && after !== 0x2d) return false;
    return key.slice(start, start + extension.length).toLowerCase() === extension;
  });
}
