import type { CodeEntry } from '../codes.js';

/** Codes of job 3: recovery. */
export const recoveryCodes: Record<string, CodeEntry> = {};
