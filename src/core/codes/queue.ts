import type { CodeEntry } from './entry.js';

/** Codes of distributed runs. */
export const queueCodes: Readonly<Record<string, CodeEntry>> = {
  'work.dead_letter': {
    kind: 'error',
    meaning: 'A unit of a distributed run was abandoned: every attempt failed or killed its worker.',
    action: 'Check the error and the worker in the finding, then run the retry command that it names.',
  },
  'work.no_worker': {
    kind: 'failure',
    meaning:
      'Every worker refused the units of a distributed run because its version, store, root or configuration differs from that of the run.',
    action:
      "The message has each worker's reason. Start a matching worker or fix the existing ones, then run the command again.",
  },
  'work.refused': {
    kind: 'failure',
    meaning:
      'A unit asks for something that it does not need or that the worker does not serve, so it was not written by a run.',
    action: 'Check who can write to the tables salvor.work and salvor.work_queues.',
  },
  'work.lost': {
    kind: 'failure',
    meaning: 'A worker lost its unit because it was silent for too long, or because the run ended.',
    action: 'Nothing: another worker takes over the unit. If this recurs, check what blocks the worker.',
  },
  'queue.not_installed': {
    kind: 'failure',
    meaning: 'The tables of the work queue are missing from the registry, or belong to another version.',
    action: 'Run `salvor init --queue`, or ask a DBA to run the SQL from `salvor worker --print-sql`.',
  },
};
