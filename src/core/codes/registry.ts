import type { CodeEntry } from '../codes.js';

/** Codes of the registry, runs, locks, journal, health events and watchdog. */
export const registryCodes: Record<string, CodeEntry> = {};
