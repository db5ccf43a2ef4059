import { counted } from '../../../core/pluralize.js';
import { normalize } from './normalize.js';

/** Stems that are too common to identify a file. */
const COMMON_STEMS = new Set(
  `data dataset datasets table tables results result output outputs summary stats statistics metadata meta info
  model models weights checkpoint best final latest train test val validation features labels predictions scores
  matrix counts samples index config params parameters settings report notebook analysis figure plot image
  untitled temp tmp example sample raw clean processed merged export download file input inputs all main`.split(
    /\s+/,
  ),
);

/** Whether a word alone is too common to identify a file. */
export function isCommonStem(word: string): boolean {
  return COMMON_STEMS.has(word);
}

/** A name found in more directories than this is generic. */
export const GENERIC_DIRECTORIES = 3;

/**
 * Why a basename is too common to identify a file; undefined when it is specific.
 * @param directories number of different directories (relative to the roots of the sources) that have the name
 */
export function genericReason(
  basename: string,
  directories: number,
  configured: ReadonlySet<string>,
): string | undefined {
  const lower = basename.toLowerCase();
  if (configured.has(lower)) return `${basename} is a configured generic name`;
  const { stem } = normalize(basename);
  if (COMMON_STEMS.has(stem) || /^[\d._-]*$/.test(stem)) return `many files are named ${basename}`;
  if (directories > GENERIC_DIRECTORIES)
    return `${basename} exists in ${counted(directories, 'directory', 'different directories')}`;
  return undefined;
}
