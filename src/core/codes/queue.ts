import type { CodeEntry } from './entry.js';

/** Work that is shared between hosts. */
export const queueCodes: Readonly<Record<string, CodeEntry>> = {
  'work.dead_letter': {
    kind: 'error',
    meaning: 'A part of a shared run was given up: every attempt at it failed, or killed its worker.',
    action: 'See the error and the worker; the finding names the command that tries it again.',
  },
  'work.no_worker': {
    kind: 'failure',
    meaning:
      'Every worker that looked at a shared run refused its units: another version, another store or root under the same name, or a configuration that differs.',
    action:
      'The message has the reason of each; start a worker that fits, or correct those, then run it again.',
  },
  'work.refused': {
    kind: 'failure',
    meaning:
      'A unit asks for something outside of what it needs and what the worker serves: it was not written by a run.',
    action: 'Find out who can write to the tables salvor.work and salvor.work_queues.',
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
