import { codes } from '../../core/codes.js';
import type { OpenGroup } from '../../registry/port.js';
import type { OpenCause } from '../api.js';
import { cut, time } from './stored.js';

/** What one open finding of a code is called, and several: a noun with what is wrong, after a number. */
type Words = readonly [one: string, many: string];

/** A test holds every error code of `docs/codes.md` against this table. */
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
  'partition.vanished': ['host has no backups any more', 'hosts have no backups any more'],
  'sibling.exists': ['listing or index already exists', 'listings or indexes already exist'],
  'root.ambiguous': ['path leads to two different files', 'paths lead to two different files each'],
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
  'decision.changed': ['decision was overtaken by another', 'decisions were overtaken by others'],
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
  'work.dead_letter': ['part of a distributed run was given up', 'parts of distributed runs were given up'],
};

/** Whether a code has words of its own; for the test that none is forgotten. */
export function hasCauseWords(code: string): boolean {
  return code in WORDS;
}

/** `file is lost`, `files are lost`; what has no words of its own is a run that failed, or is named by its code. */
export function causeWords(code: string, count: number): string {
  const words = WORDS[code];
  if (words !== undefined) return count === 1 ? words[0] : words[1];
  if (codes[code]?.kind === 'failure') return count === 1 ? 'run failed' : 'runs failed';
  return count === 1 ? `finding of ${code}` : `findings of ${code}`;
}

/** What to do about it, as `docs/codes.md` has it. */
export function causeAction(code: string): string | null {
  return codes[code]?.action ?? null;
}

/** The command to run next: the first whole one that the action names, else the one that lists the subjects. */
export function nextCommand(code: string, runId: string): string {
  const named = /`(salvor [a-z][^`<>]*)`/.exec(causeAction(code) ?? '')?.[1];
  return named ?? `salvor runs show ${runId} --code ${code}`;
}

const SUBJECT_CHARS = 300;

/** A group of the ledger, as the pages show it. */
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
    action: causeAction(code),
    command: nextCommand(code, sample.runId),
    since: time(oldestAt),
    subject: cut(sample.subject, SUBJECT_CHARS),
  };
}
