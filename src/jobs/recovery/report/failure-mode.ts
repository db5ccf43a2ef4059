import { isoTime } from '../../../core/iso-time.js';
import { counted } from '../../../core/pluralize.js';
import { printable as escaped } from '../../../core/printable.js';
import { shortPrintable } from '../evidence/short-printable.js';
import type { OlderPlace, SourceReport } from '../source-port.js';

/** Facts about a row whose file was not found. */
export interface Residue {
  expected: readonly string[];
  filePath: string | null;
  createdAtMs?: number;
  /** The newest reference, by the configured query. */
  lastReference?: { at: string; by: string };
  /** Expected names that listings cannot be searched for. */
  unsearchable: readonly string[];
  /** Candidates that were ruled out, with reasons. */
  rejected: readonly string[];
  /** The history of the expected paths in a source, such as `deleted in commit 1a2b on 2026-03-01`. */
  history: readonly string[];
  sources: readonly SourceReport[];
  /** A configured rule of its type that matches its metadata: there never was a file. */
  rule?: { reason: string; archives: number | 'all' };
  /** The newest archive that has the file but was not searched. */
  older?: OlderPlace;
  /** A parent directory of its path that no longer exists. */
  goneDirectory?: string;
  /** The stand-in at its path, in words: `a Git LFS pointer to 1a2b…`. */
  standIn?: string;
}

/**
 * The most specific reason that applies to this row, what was expected, what was searched, and the newest reference.
 */
export function failureMode(row: Residue): string {
  const parts = [expectation(row), cause(row), searched(row.sources), lastReferenced(row)];
  return escaped(parts.filter((part) => part !== '').join('; '));
}

function cause(row: Residue): string {
  if (row.rejected.length > 0) return `all candidates were ruled out: ${row.rejected.join('; ')}`;
  return CAUSES.map((of) => of(row)).find((text) => text !== undefined) ?? 'unknown cause';
}

/** Most specific first. Each is undefined if it does not apply to the row. */
const CAUSES: readonly ((row: Residue) => string | undefined)[] = [
  ruleCause,
  ({ history, sources }) => {
    if (history.length === 0) return undefined;
    const archives = sources.some(
      ({ kind, archivesSearched }) => kind === 'archives' && archivesSearched > 0,
    );
    return `${history.join('; ')}${archives ? '; not in any searched archive' : ''}`;
  },
  ({ older }) =>
    older === undefined
      ? undefined
      : `found in the ${ordinal(older.rank)} newest archive, ${day(older.dateMs)} (${older.archive}), which was not searched: use \`--archives ${older.rank}\``,
  ({ goneDirectory }) =>
    goneDirectory === undefined
      ? undefined
      : `its directory ${goneDirectory} no longer exists: probably a removed worktree`,
  ({ standIn }) =>
    standIn === undefined
      ? undefined
      : `its path has only ${standIn}, and the content was not found anywhere`,
  failedCause,
  unsearchableCause,
  backupCause,
  neverCommitted,
  ({ expected }) => (expected.length === 0 ? 'the registry does not record the name of the file' : undefined),
];

function ruleCause({ rule, sources }: Residue): string | undefined {
  if (rule === undefined) return undefined;
  const incomplete = sources.filter((source) => source.state !== 'complete').map((source) => source.source);
  const prevents = [
    ...(rule.archives === 'all' ? [] : ['not all archives were searched (use `--archives all`)']),
    ...(incomplete.length === 0 ? [] : [`not searched completely: ${incomplete.join(', ')}`]),
  ];
  const until = prevents.length === 0 ? '' : ` (not marked as unrecoverable yet: ${prevents.join('; ')})`;
  return `${rule.reason}${until}`;
}

function failedCause({ expected, sources }: Residue): string | undefined {
  const failed = sources.filter((source) => source.state === 'failed').map((source) => source.source);
  if (failed.length === 0 || expected.length === 0) return undefined;
  return `unknown, because these sources could not be searched: ${failed.join(', ')}`;
}

function unsearchableCause({ expected, unsearchable }: Residue): string | undefined {
  if (expected.length === 0 || unsearchable.length < expected.length) return undefined;
  return `its name (${kindsOf(expected)}) is too short to search listings for`;
}

/** A cause from the row's date: whether the searched backups cover its lifetime. */
function backupCause({ createdAtMs, sources }: Residue): string | undefined {
  const newest = extreme(sources, 'newestMs', Math.max);
  if (createdAtMs === undefined || newest === undefined || createdAtMs <= newest) return undefined;
  return `created on ${day(createdAtMs)}, after the newest searched backup (${day(newest)})`;
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
    return `${committed}, and not in any backup since it was created: the backups go back to ${day(oldest)}`;
  if (complete && oldest !== undefined && row.createdAtMs !== undefined)
    return `${committed}; created on ${day(row.createdAtMs)}, before the oldest backup (${day(oldest)})`;
  return `${committed}, and not in any searched backup`;
}

/** The smallest or largest date of the sources that have one; never a sentinel. */
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
    return `expected the directory ${filePath}, but recovery restores only files`;
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
  return `searched ${counted(sources.length, 'source')}: ${each.join(', ')}`;
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

/** The day of a date, even of one that JavaScript cannot format. */
function day(ms: number): string {
  return isoTime(ms)?.slice(0, 10) ?? 'an invalid date';
}

function lastReferenced({ lastReference }: Residue): string {
  return lastReference === undefined ? '' : `last referenced ${lastReference.at} in ${lastReference.by}`;
}
