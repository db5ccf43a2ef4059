/** The jobs that read archives in parts: what they read, and what they do with it. */
export const PARTS_JOBS = {
  'listings check': { noun: 'archive', verb: 'checked' },
  'recovery drill': { noun: 'artifact', verb: 'restored' },
} as const;

export type PartsJob = keyof typeof PARTS_JOBS;
