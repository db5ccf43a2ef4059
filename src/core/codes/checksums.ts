import type { CodeEntry } from '../codes.js';

/** Codes of job 2: checksums and drift. */
export const checksumCodes: Record<string, CodeEntry> = {};
