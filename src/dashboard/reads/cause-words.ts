import { codes } from '../../core/codes.js';
import type { OpenGroup } from '../../registry/port.js';
import { cut, time } from '../../registry/queries/dashboard/stored.js';
import type { OpenCause } from '../api/overview.js';

/** How the pages name one open finding of a code, and several. The text follows a number: `3 files are lost`. */
type Words = readonly [one: string, many: string];

/** A test checks that every error and warning in `docs/codes.md` has an entry here. */
const WORDS: Readonly<Record<string, Words>> = {
  'doctor.check': ['part of the configuration does not work', 'parts of the configuration do not work'],
  'watchdog.never_ran': ['job has never run', 'jobs have never run'],
  'watchdog.overdue': ['job is overdue', 'jobs are overdue'],
  'watchdog.running_late': ['job is running late', 'jobs are running late'],
  'watchdog.died': ['job died', 'jobs died'],
  'watchdog.still_red': ['job has open errors from earlier runs', 'jobs have open errors from earlier runs'],
  'watchdog.ended_badly': ['job failed or found errors', 'jobs failed or found errors'],
  'watchdog.clock_skew': ['job has a start time in the future', 'jobs have start times in the future'],
  'listing.missing': ['archive has no listing', 'archives have no listing'],
  'listing.too_small': ['listing is too small', 'listings are too small'],
  'listing.absent': ['archive has no listing to check', 'archives have no listing to check'],
  'listing.differs': ['listing does not match its archive', 'listings do not match their archives'],
  'index.missing': ['archive has no index', 'archives have no index'],
  'index.differs': ['index does not match its archive', 'indexes do not match their archives'],
  'archive.future': ['archive has a date in the future', 'archives have dates in the future'],
  'archive.empty': ['archive is empty (0 bytes)', 'archives are empty (0 bytes)'],
  'archive.backup_overdue': ['backup series has stopped', 'backup series have stopped'],
  'archive.truncated': ['archive is truncated', 'archives are truncated'],
  'archive.corrupt': ['archive is damaged', 'archives are damaged'],
  'archive.unsupported': ['archive cannot be read', 'archives cannot be read'],
  'archive.no_members': ['archive has no members', 'archives have no members'],
  'archive.unaccounted': ['archive was not read completely', 'archives were not read completely'],
  'archive.limit': ['archive exceeds a size limit', 'archives exceed a size limit'],
  'partition.vanished': ['host no longer has backups', 'hosts no longer have backups'],
  'sibling.exists': ['listing or index already exists', 'listings or indexes already exist'],
  'root.ambiguous': ['path matches two different files', 'paths match two different files each'],
  'drift.detected': ['file differs from its record', 'files differ from their records'],
  'drift.refused': ['drift decision was refused', 'drift decisions were refused'],
  'file.lost': ['file is lost', 'files are lost'],
  'file.outside_root': ['path leads out of its root', 'paths lead out of their roots'],
  'file.not_regular': ['path is not a regular file', 'paths are not regular files'],
  'file.unreadable': ['file cannot be read', 'files cannot be read'],
  'file.unstable': ['file changed while it was read', 'files changed while they were read'],
  'row.conflict': ['row was changed by another program', 'rows were changed by another program'],
  'row.bad_metadata': ['row has invalid metadata', 'rows have invalid metadata'],
  'journal.refused': ['change could not be undone', 'changes could not be undone'],
  'candidate.changed': ['candidate changed after it was chosen', 'candidates changed after they were chosen'],
  'decision.changed': ['decision was superseded by another', 'decisions were superseded by others'],
  'content.contradicts': [
    'found file contradicts the recorded digest or size',
    'found files contradict the recorded digest or size',
  ],
  'content.check_failed': ['found file failed its content check', 'found files failed their content checks'],
  'destination.unsafe': [
    'recovered file has no safe destination',
    'recovered files have no safe destination',
  ],
  'destination.exists': [
    'recovered file would replace another file',
    'recovered files would replace other files',
  ],
  'destination.failed': ['recovered file could not be written', 'recovered files could not be written'],
  'source.failed': ['recovery source could not be searched', 'recovery sources could not be searched'],
  'source.unknown': ['recovery source is not configured', 'recovery sources are not configured'],
  'drill.failed': ['test restore failed', 'test restores failed'],
  'health.sink_failed': ['health event was not delivered', 'health events were not delivered'],
  'listing.stale': ['listing is older than its archive', 'listings are older than their archives'],
  'listing.orphan': ['listing has no archive', 'listings have no archive'],
  'listing.truncated': ['listing is cut off', 'listings are cut off'],
  'listing.unreadable': ['listing cannot be read', 'listings cannot be read'],
  'listing.unreadable_line': [
    'listing has lines that cannot be read',
    'listings have lines that cannot be read',
  ],
  'index.orphan': ['index has no archive', 'indexes have no archive'],
  'index.unusable': ['index could not be used', 'indexes could not be used'],
  'index.absent': ['archive can only be read as a whole', 'archives can only be read as a whole'],
  'archive.unrecognised': [
    'object looks like an archive but is not checked',
    'objects look like archives but are not checked',
  ],
  'archive.cold': ['newest archive is in cold storage', 'newest archives are in cold storage'],
  'archive.vanished': ['host has fewer archives than before', 'hosts have fewer archives than before'],
  'archive.unlisted': ['archive was not searched', 'archives were not searched'],
  'archive.no_end': ['archive has no proper end', 'archives have no proper end'],
  'archive.trailing_data': ['archive has data after its end', 'archives have data after their end'],
  'archive.bad_header_value': [
    'archive has an unreadable header value',
    'archives have unreadable header values',
  ],
  'allowlist.unused': ['allowlist entry matches nothing', 'allowlist entries match nothing'],
  'drift.rejected_remains': ['file still has rejected content', 'files still have rejected content'],
  'file.missing': ['file is missing', 'files are missing'],
  'file.pointer': ['file is only a stand-in', 'files are only stand-ins'],
  'digest.malformed': ['recorded digest is malformed', 'recorded digests are malformed'],
  'digest.disagree': [
    'row has digests that contradict each other',
    'rows have digests that contradict each other',
  ],
  'marker.future': ['row was marked as read in the future', 'rows were marked as read in the future'],
  'checksums.nothing_finished': ['run did not finish any file', 'runs did not finish any file'],
  'scrub.period_unmet': ['scrub is too slow for its period', 'scrubs are too slow for their periods'],
  'row.unreadable': [
    'row was skipped because it cannot be read',
    'rows were skipped because they cannot be read',
  ],
  'destination.group': ['recovered file has the wrong group', 'recovered files have the wrong group'],
  'todo.pending': ['file change is incomplete', 'file changes are incomplete'],
  'references.failed': ['query for references failed', 'queries for references failed'],
  'cache.full': ['file did not fit into the cache', 'files did not fit into the cache'],
  'bind.file_left': ['file was left in place by an undo', 'files were left in place by an undo'],
  'drill.no_copy': ['artifact is not in any indexed backup', 'artifacts are not in any indexed backup'],
  'check.too_large': ['archive is too large for the check', 'archives are too large for the check'],
  'drill.too_large': ['artifact is too large for the drill', 'artifacts are too large for the drill'],
  'work.dead_letter': [
    'unit of a distributed run failed permanently',
    'units of distributed runs failed permanently',
  ],
};

/** Whether a code has its own text; lets a test find codes without one. */
export function hasCauseWords(code: string): boolean {
  return code in WORDS;
}

/** `file is lost`, `files are lost`. A code without its own text is a failed run, or is shown as the code. */
export function causeWords(code: string, count: number): string {
  const words = WORDS[code];
  if (words !== undefined) return count === 1 ? words[0] : words[1];
  if (codes[code]?.kind === 'failure') return count === 1 ? 'run failed' : 'runs failed';
  return count === 1 ? `finding of ${code}` : `findings of ${code}`;
}

/** How to fix it, as documented in `docs/codes.md`. */
export function causeAction(code: string): string | null {
  return codes[code]?.action ?? null;
}

/**
 * The command to run next: the first one in the action, with its `<archive>` or `<url>` filled in; otherwise the
 * command that lists the subjects. Names with characters that a shell could interpret are never put into a command.
 */
export function nextCommand({ code, scope, sample }: Pick<OpenGroup, 'code' | 'scope' | 'sample'>): string {
  const named = /`(salvor [a-z][^`]*)`/.exec(causeAction(code) ?? '')?.[1];
  const filled = named?.replace('<archive>', plainWord(sample.subject)).replace('<url>', plainWord(scope));
  return filled === undefined || TO_FILL_IN.test(filled)
    ? `salvor runs show ${sample.runId} --code ${code}`
    : filled;
}

/** The action with the names of the finding in place of `<archive>`, `<url>` and `<run>`. */
function filledAction({ code, scope, sample }: Pick<OpenGroup, 'code' | 'scope' | 'sample'>): string | null {
  const named = { archive: plainWord(sample.subject), url: plainWord(scope), run: sample.runId };
  return (
    causeAction(code)?.replaceAll(/<(archive|url|run)>/g, (placeholder, name: keyof typeof named) =>
      named[name] === '<' ? placeholder : named[name],
    ) ?? null
  );
}

/** A placeholder that no finding has a value for. */
const TO_FILL_IN = /<| [A-Z]{2,}(?: |$)/;

function plainWord(text: string): string {
  return /^[\w./:@%+,=-]{1,300}$/.test(text) && !text.startsWith('-') ? text : '<';
}

const SUBJECT_CHARS = 300;

/** Converts a group of open findings for the pages. */
export function toCause({
  job,
  scope,
  code,
  severity,
  count,
  baseline,
  oldestAt,
  sample,
}: OpenGroup): OpenCause {
  return {
    job,
    scope,
    code,
    severity,
    count,
    baseline,
    words: causeWords(code, count + baseline),
    meaning: codes[code]?.meaning ?? null,
    action: filledAction({ code, scope, sample }),
    command: nextCommand({ code, scope, sample }),
    since: time(oldestAt),
    subject: cut(sample.subject, SUBJECT_CHARS),
  };
}
