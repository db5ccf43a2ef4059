import type { DriftClass, DriftDetail, DriftRow } from '../../../api/drift.js';

/** What a class of drift means, for who has to decide. */
export const CLASS_WORDS: Record<DriftClass, string> = {
  corrupt:
    'The content changed, and neither size nor time did. Programs that write a file change its time; failing storage does not. Unless you know who did this, reject it and let recovery bring the old content back.',
  rewritten:
    'The file was written after its digest was recorded. Whoever did it may have meant to: accept it if the new content is the right one.',
  unknown:
    'Nothing shows whether a program or the storage changed the file. Compare the two contents before you decide.',
  recorded:
    'The file does not match a digest that was on record before Salvor read it (such as an MD5 in its metadata). Either the file changed before the first read, or that digest is wrong.',
};

export const ACCEPT_WORDS =
  'The new content is right: its digest goes into the registry, and the entry is closed. The file is read once more first. Undo reverses the decision and opens the drift again.';

export const REJECT_WORDS =
  'The old digest goes back into the registry. The file is not touched, but it counts as wrong: its content is not recorded again. The next recovery plan looks for the old content. Undo reverses the decision.';

/** What each state means for what happens next. */
export const ENDED_WORDS: Record<DriftRow['state'], string> = {
  open: 'Nobody has decided yet.',
  accepted: 'The new content was accepted: its digest is on record now.',
  rejected:
    'The new content was rejected, and the old digest is on record. The file itself has not been replaced: make a recovery plan to look for the old content.',
  returned: 'A later read found the recorded content again. Nobody had to decide.',
  superseded: 'A later read found yet another content. The newer entry replaces this one.',
};

/** What undoing the journal's entries does. */
export const UNDO_WORDS =
  'Undoing the decision opens the drift again and restores the digest that the registry had before. Undoing another entry restores the value from before that entry.';

/** Which of the two contents the registry names now. */
export function standingWords(drift: DriftDetail): string {
  const recorded = drift.recorded_sha256?.toLowerCase();
  if (recorded === undefined) return 'none: the artifact is gone, or has no digest';
  if (recorded === drift.new_sha256) return 'of the new content';
  return recorded === drift.old_sha256 ? 'of the old content' : 'of another content';
}
