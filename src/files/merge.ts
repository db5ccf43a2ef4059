import type { FoundFile, Location } from './port.js';

/** The answer of one root. */
export type Answer = Extract<Location, { kind: 'file' }> | Exclude<Location, { kind: 'file' | 'several' }>;

/** If no root has the file, the most serious answer wins. */
const WORST_FIRST = ['unreadable', 'outside_root', 'not_regular', 'pointer', 'no_file'] as const;

/**
 * Combines the answers of all roots that may have a row's file. A root that cannot be read may hide a file, so it
 * outranks a file in another root. One file that is found through two paths counts once.
 */
export function mergeAnswers(answers: readonly Answer[]): Location {
  const unreadable = answers.find((answer) => answer.kind === 'unreadable');
  if (unreadable) return unreadable;
  const files: FoundFile[] = [];
  for (const answer of answers) {
    if (answer.kind === 'file' && !files.some((known) => sameFile(known, answer.file)))
      files.push(answer.file);
  }
  const [first, ...others] = files;
  if (first) return others.length === 0 ? { kind: 'file', file: first } : { kind: 'several', files };
  for (const kind of WORST_FIRST) {
    const answer = answers.find((candidate) => candidate.kind === kind);
    if (answer) return answer;
  }
  return { kind: 'no_file', reason: 'no root was searched' };
}

function sameFile(a: FoundFile, b: FoundFile): boolean {
  return a.identity.dev === b.identity.dev && a.identity.ino === b.identity.ino;
}
