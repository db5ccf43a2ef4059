import { isoTime } from '../../../core/iso-time.js';
import { counted } from '../../../core/pluralize.js';
import { printable as escaped } from '../../../core/printable.js';
import { shortPrintable } from '../evidence/short-printable.js';
import type { OlderPlace, SourceReport } from '../source-port.js';

/** What is known of a row whose file was not found. */
export interface Residue {
  expected: readonly string[];
  filePath: string | null;
  createdAtMs?: number;
  /** The newest, by the configured query of references. */
  lastReference?: { at: string; by: string };
  /** Expected names that a listing can't be searched for. */
  unsearchable: readonly string[];
  /** Where candidates were that are out, with their reasons. */
  rejected: readonly string[];
  /** What a source's history says of the expected paths, such as `deleted in commit 1a2b on 2026-03-01`. */
  history: readonly string[];
  sources: readonly SourceReport[];
  /** A configured rule of its type that its metadata fits: it never was a file. */
  rule?: { reason: string; archives: number | 'all' };
  /** The newest archive that was not searched and that has the file. */
  older?: OlderPlace;
  /** A directory on the way of its path that is not there any more. */
  goneDirectory?: string;
  /** In its place there is only a stand-in, in words: `a Git LFS pointer to 1a2b…`. */
  standIn?: string;
}

/** The most specific reason that is true of this row, what was expected, where was looked, and the newest reference. */
export function failureMode(row: Residue): string {
  const parts = [expectation(row), cause(row), searched(row.sources), lastReferenced(row)];
  return escaped(parts.filter((part) => part !== '').join('; '));
}

function cause(row: Residue): string {
  if (row.rejected.length > 0) return `what was found is something else: ${row.rejected.join('; ')}`;
  return CAUSES.map((of) => of(row)).find((text) => text !== undefined) ?? 'no cause is known';
}

/** The most specific first; each is undefined where it is not true of the row. */
const CAUSES: readonly ((row: Residue) => string | undefined)[] = [
  ruleCause,
  ({ history, sources }) => {
    if (history.length === 0) return undefined;
    const archives = sources.some(
      ({ kind, archivesSearched }) => kind === 'archives' && archivesSearched > 0,
    );
    return `${history.join('; ')}${archives ? ', and in no archive that was searched' : ''}`;
  },
  ({ older }) =>
    older === undefined
      ? undefined
      : `in the ${ordinal(older.rank)} newest archive, ${day(older.dateMs)} (${older.archive}), which was not searched: use \`--archives ${older.rank}\``,
  ({ goneDirectory }) =>
    goneDirectory === undefined
      ? undefined
      : `its path is in ${goneDirectory}, which is gone: probably a worktree that was removed`,
  ({ standIn }) =>
    standIn === undefined ? undefined : `in its place is ${standIn}, whose content was not found anywhere`,
  failedCause,
  unsearchableCause,
  backupCause,
  neverCommitted,
  ({ expected }) =>
    expected.length === 0 ? 'nothing in the registry says what the file was called' : undefined,
];

function ruleCause({ rule, sources }: Residue): string | undefined {
  if (rule === undefined) return undefined;
  const incomplete = sources.filter((source) => source.state !== 'complete').map((source) => source.source);
  const prevents = [
    ...(rule.archives === 'all' ? [] : ['not all archives were searched (`--archives all`)']),
    ...(incomplete.length === 0 ? [] : [`not searched completely: ${incomplete.join(', ')}`]),
  ];
  const until = prevents.length === 0 ? '' : ` (not marked as unrecoverable yet: ${prevents.join('; ')})`;
  return `${rule.reason}${until}`;
}

function failedCause({ expected, sources }: Residue): string | undefined {
  const failed = sources.filter((source) => source.state === 'failed').map((source) => source.source);
  if (failed.length === 0 || expected.length === 0) return undefined;
  return `not known, because not every source answered: ${failed.join(', ')}`;
}

function unsearchableCause({ expected, unsearchable }: Residue): string | undefined {
  if (expected.length === 0 || unsearchable.length < expected.length) return undefined;
  return `its name (${kindsOf(expected)}) is too short to be looked for in listings`;
}

/** By the row's own date: nothing is said of backups that the row could not be in anyway, or that it should be in. */
function backupCause({ createdAtMs, sources }: Residue): string | undefined {
  const newest = extreme(sources, 'newestMs', Math.max);
  if (createdAtMs === undefined || newest === undefined || createdAtMs <= newest) return undefined;
  return `created on ${day(createdAtMs)}, after the newest backup that was searched (${day(newest)})`;
}

function neverCommitted(row: Residue): string | undefined {
  if (row.expected.length === 0) return undefined;
  const git = row.sources.some((source) => source.kind === 'git' && source.state === 'complete');
  const archives = row.sources.filter((source) => source.kind === 'archives');
  const committed = git ? 'never committed' : 'not found';
  if (archives.length === 0) return committed;
  const oldest = extreme(archives, 'oldestMs', Math.min);
  const complete = archives.every((source) => source.state === 'complete');
  if (complete && oldest !== undefined && row.createdAtMs !== undefined && oldest <= row.createdAtMs)
    return `${committed}, and in no backup of its lifetime: they go back to ${day(oldest)}`;
  if (complete && oldest !== undefined && row.createdAtMs !== undefined)
    return `${committed}; created on ${day(row.createdAtMs)}, before the oldest backup (${day(oldest)})`;
  return `${committed}, and in no backup that was searched`;
}

/** Smallest or largest date of the sources that have one; never a sentinel. */
function extreme(
  sources: readonly SourceReport[],
  key: 'oldestMs' | 'newestMs',
  pick: (...values: number[]) => number,
): number | undefined {
  const dates = sources.flatMap((source) => source[key] ?? []).filter((ms) => Number.isFinite(ms));
  return dates.length === 0 ? undefined : pick(...dates);
}

function expectation({ expected, filePath, rejected }: Residue): string {
  if (filePath?.endsWith('/') === true)
    return `expected the directory ${filePath}, and recovery brings back files only`;
  if (expected.length === 0) return '';
  return `expected ${kindsOf(expected)}${rejected.length > 0 ? '' : ', none found'}`;
}

function searched(sources: readonly SourceReport[]): string {
  if (sources.length === 0) return '';
  const each = sources.map(({ source, state, scope }) =>
    state === 'complete'
      ? `${source} (completely)`
      : state === 'failed'
        ? `${source} (failed)`
        : `${source} (${scope})`,
  );
  return `looked in ${counted(sources.length, 'source')}: ${each.join(', ')}`;
}

function kindsOf(expected: readonly string[]): string {
  const shown = expected.slice(0, 3).map((name) => shortPrintable(name));
  const more = expected.length - shown.length;
  return shown.join(' or ') + (more > 0 ? ` or ${counted(more, 'more name')}` : '');
}

function ordinal(rank: number): string {
  const words = [
    '',
    'first',
    'second',
    'third',
    'fourth',
    'fifth',
    'sixth',
    'seventh',
    'eighth',
    'ninth',
    'tenth',
  ];
  const tens = rank % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][rank % 10] ?? 'th');
  return words[rank] ?? `${rank}${suffix}`;
}

/** The day of a date, also of one that JavaScript cannot write. */
function day(ms: number): string {
  return isoTime(ms)?.slice(0, 10) ?? 'a date that cannot be read';
}

function lastReferenced({ lastReference }: Residue): string {
  return lastReference === undefined ? '' : `last referenced ${lastReference.at} in ${lastReference.by}`;
}
