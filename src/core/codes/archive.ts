import type { CodeEntry } from '../codes.js';

/** Codes of archives, listings' content, indexes and restore. */
export const archiveCodes: Record<string, CodeEntry> = {};
