import type { FoundFile, Location } from './port.js';

/** What one root answers. */
export type Answer = Extract<Location, { kind: 'file' }> | Exclude<Location, { kind: 'file' | 'several' }>;

/** When no root has the file, the answer that most needs a person wins. */
const WORST_FIRST = ['unreadable', 'outside_root', 'not_regular', 'pointer', 'no_file'] as const;

/**
 * One location out of the answers of all roots that a row may live in. A root that can't be read hides what it
 * holds, so it outranks a file that another root has. The same file by two ways is one file.
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
  return { kind: 'no_file', reason: 'no root was asked' };
}

function sameFile(a: FoundFile, b: FoundFile): boolean {
  return a.identity.dev === b.identity.dev && a.identity.ino === b.identity.ino;
}
