import { FILE_SUFFIXES } from '../../../core/compressions.js';

/** A basename in lower case, without the prefixes and suffixes that people and programs add. */
export interface Normalized {
  stem: string;
  /** With its dot; `.csv.gz` is one extension. */
  extension: string;
}

const EXTENSION = new RegExp(`\\.(?:[a-z0-9_]{1,12}\\.(?:${FILE_SUFFIXES.join('|')})|[a-z0-9_]{1,12})$`);
const BACKUP_MARK = /(?:~|\.(?:bak|orig|old|tmp|part|save))$/;
const PREFIX =
  /^(?:copy of |copy[-_]of[-_]|(?:tmp|old|new|backup|final|dataset|model|tabular[-_]dataset)[-_]|\d{4}-?\d{2}-?\d{2}(?:[t_-]\d{4,6}z?)?[-_ ]|(?=[0-9a-f-]*\d)[0-9a-f]{8}(?:[0-9a-f]*|(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[-_])/;
const SUFFIX =
  /(?:[-_ ]copy(?: ?\d{1,2})?| ?\(\d{1,3}\)|[-_.]v\d{1,3}|[-_](?:final|old|new|backup)|[-_. ]\d{4}-?\d{2}-?\d{2}(?:[t_-]?\d{4,6}z?)?|[-_](?=[0-9a-f]*\d)[0-9a-f]{8,64})$/;

/** A shorter stem is too short to compare. */
const MIN_STEM = 4;

/**
 * Removes case, prefix, date, and suffix, so that names that differ only in these are equal. This is evidence for a
 * person; nothing is bound by it.
 */
export function normalize(basename: string): Normalized {
  const lower = basename.normalize('NFC').toLowerCase().replace(BACKUP_MARK, '');
  const found = EXTENSION.exec(lower)?.[0] ?? '';
  const extension = found.length === lower.length ? '' : found;
  let stem = lower.slice(0, lower.length - extension.length);
  for (let shorter = strip(stem); shorter !== stem; shorter = strip(stem)) stem = shorter;
  return { stem, extension };
}

function strip(stem: string): string {
  for (const pattern of [PREFIX, SUFFIX]) {
    const shorter = stem.replace(pattern, '');
    if (shorter !== stem && shorter.length >= MIN_STEM) return shorter;
  }
  return stem;
}

/** The longest run of characters that every program lists unescaped, so that a search can look for it. */
export function searchableRun(text: string): string {
  const runs = foldAscii(text).match(/[a-z0-9._-]+/g) ?? [];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}

/** Folds the case of ASCII letters only, like a byte search. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
