import { timeText } from '../../../core/iso-time.js';
import { printable } from '../evidence/short-printable.js';
import type { SourceReport } from '../source-port.js';

/** What is known of a row whose file was not found. */
export interface Residue {
  expected: readonly string[];
  filePath: string | null;
  createdAtMs?: number;
  /** By the configured query of references. */
  lastReference?: { at: string; by: string };
  /** Expected names that a listing can't be searched for. */
  unsearchable: readonly string[];
  /** Where candidates were that are out, with their reasons. */
  rejected: readonly string[];
  /** What a source's history says of the expected paths, such as `deleted in commit 1a2b on 2026-03-01`. */
  history: readonly string[];
  sources: readonly SourceReport[];
}

/** The most plausible reason why there is no file, in one sentence or two; the first that applies. */
export function failureMode(row: Residue): string {
  return [cause(row), lastReferenced(row)].filter((part) => part !== '').join('; ');
}

function cause(row: Residue): string {
  if (row.rejected.length > 0)
    return `what was found is something else: ${printable(row.rejected.join('; '))}`;
  if (row.history.length > 0) return printable(row.history.join('; '));
  if (row.expected.length === 0) return 'nothing in the registry says what the file was called';
  if (row.unsearchable.length === row.expected.length) {
    return `its name (${kindsOf(row.expected)}) is too short to be looked for in listings`;
  }
  const what = kindsOf(row.expected);
  const failed = row.sources.filter((source) => source.state === 'failed');
  if (failed.length > 0)
    return `expected ${what}; not every source answered: ${failed.map((source) => source.source).join(', ')}`;
  const scoped = row.sources.filter((source) => source.state === 'scoped').map((source) => source.scope);
  const beyond = scoped.length > 0 ? `, searched: ${scoped.join('; ')}` : ', in any source';
  const tooLate = backupsTooLate(row);
  if (tooLate !== '') return `expected ${what}, none found; ${tooLate}`;
  const git = row.sources.some((source) => source.kind === 'git' && source.state === 'complete');
  const never = git ? ': never committed, and in no backup or worktree that is left' : '';
  return `expected ${what}, none found${beyond}${never}`;
}

function kindsOf(expected: readonly string[]): string {
  const shown = expected.slice(0, 3).map((name) => printable(name));
  return (
    shown.join(' or ') +
    (expected.length > shown.length ? ` or ${expected.length - shown.length} more names` : '')
  );
}

function backupsTooLate(row: Residue): string {
  const archives = row.sources.filter(
    (source) => source.kind === 'archives' && source.oldestMs !== undefined,
  );
  const oldest = Math.min(...archives.map((source) => source.oldestMs ?? Number.POSITIVE_INFINITY));
  if (row.createdAtMs === undefined || !(oldest > row.createdAtMs)) return '';
  const day = (ms: number): string => timeText(ms).slice(0, 10);
  return `the backups that were searched start on ${day(oldest)}, after it was made on ${day(row.createdAtMs)}`;
}

function lastReferenced(row: Residue): string {
  return row.lastReference === undefined
    ? ''
    : `last referenced ${printable(row.lastReference.at)} in ${printable(row.lastReference.by)}`;
}
