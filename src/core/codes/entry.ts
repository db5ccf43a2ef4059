import type { Severity } from '../finding.js';

/** What a code means, and what to do about it. `docs/codes.md` is made from this. */
export interface CodeEntry {
  /** A finding's usual severity, or `failure`: the run could not start or finish. */
  kind: Severity | 'failure';
  /** Another severity that its findings have, and when. */
  also?: { severity: Severity; when: string };
  meaning: string;
  action: string;
}

/** The entry of a failure, for tables in which every code is one. */
export function failureEntry(meaning: string, action: string): CodeEntry {
  return { kind: 'failure', meaning, action };
}
