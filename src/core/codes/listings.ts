import type { CodeEntry } from '../codes.js';

/** Codes of job 1: listings verify. */
export const listingCodes: Record<string, CodeEntry> = {};
