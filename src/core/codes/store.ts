import type { CodeEntry } from '../codes.js';

/** Codes of object stores. */
export const storeCodes: Record<string, CodeEntry> = {};
