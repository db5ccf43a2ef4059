import type { CodeEntry } from './entry.js';

/** Work that is shared between hosts. */
export const queueCodes: Readonly<Record<string, CodeEntry>> = {
  'work.dead_letter': {
    kind: 'error',
    meaning: 'A part of a shared run was given up: every attempt at it failed, or killed its worker.',
    action: 'See the error and the worker; the finding names the command that tries it again.',
  },
  'work.lost': {
    kind: 'failure',
    meaning:
      'A worker no longer has the unit that it works on: it was silent for too long, or the run ended.',
    action:
      'Nothing is to be done: another worker has it. If it recurs, see what keeps the worker from answering.',
  },
  'queue.not_installed': {
    kind: 'failure',
    meaning: 'The tables of the work queue are not in the registry, or not of this version.',
    action: 'Run `salvor init --queue`, or have a DBA run what `salvor worker --print-sql` prints.',
  },
};
