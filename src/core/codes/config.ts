import type { CodeEntry } from '../codes.js';

/** Codes of the command line and the configuration. */
export const configCodes: Record<string, CodeEntry> = {
  'usage.size': {
    kind: 'failure',
    meaning: 'A size on the command line or in the configuration can not be read.',
    action: 'Write a number and a unit: 50MB, 4MiB.',
  },
  'usage.duration': {
    kind: 'failure',
    meaning: 'A duration can not be read.',
    action: 'Write 90s, 30m, 26h or 90d.',
  },
};
