import { normalise } from './normalise.js';

/** Stems that say nothing of whose file it is. */
const COMMON_STEMS = new Set(
  `data dataset datasets table tables results result output outputs summary stats statistics metadata meta info
  model models weights checkpoint best final latest train test val validation features labels predictions scores
  matrix counts samples index config params parameters settings report notebook analysis figure plot image
  untitled temp tmp example sample raw clean processed merged export download file input inputs all main`.split(
    /\s+/,
  ),
);

/** Whether a word alone says nothing of whose file it is. */
export function isCommonStem(word: string): boolean {
  return COMMON_STEMS.has(word);
}

/** A name that stands in more different directories than this says too little, whatever it is. */
export const GENERIC_DIRECTORIES = 3;

/**
 * Why a basename is too common to tell whose file it is; undefined when it is specific.
 * @param directories in how many different directories (relative to the sources' roots) the name was seen
 */
export function genericReason(
  basename: string,
  directories: number,
  configured: ReadonlySet<string>,
): string | undefined {
  const lower = basename.toLowerCase();
  if (configured.has(lower)) return `${basename} is among the configured generic names`;
  const { stem } = normalise(basename);
  if (COMMON_STEMS.has(stem) || /^[\d._-]*$/.test(stem)) return `${basename} is a name that many files have`;
  if (directories > GENERIC_DIRECTORIES)
    return `${basename} was seen in ${directories} different directories`;
  return undefined;
}
