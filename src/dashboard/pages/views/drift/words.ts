import type { DriftClass, DriftDetail, DriftRow } from '../../../api/drift.js';

/** What each class of drift means, for whoever has to decide. */
export const CLASS_WORDS: Record<DriftClass, string> = {
  corrupt:
    'The content changed, but the size and modification time did not. A program that writes a file updates its time; failing storage does not. Unless you know who changed the file, reject it and let recovery restore the old content.',
  rewritten:
    'The file was written after its digest was recorded, possibly on purpose. Accept it if the new content is right.',
  unknown:
    'Nothing shows whether a program or the storage changed the file. Compare the two contents before you decide.',
  recorded:
    'The file does not match a digest that was recorded before Salvor read it (such as an MD5 in its metadata). Either the file changed before the first read, or that digest is wrong.',
};

export const ACCEPT_WORDS =
  'The new content is right. Salvor reads the file once more, records its digest in the registry and closes the entry. Undo reverses the decision and reopens the drift.';

export const REJECT_WORDS =
  'The old content is right. Its digest goes back into the registry. The file is not touched, but it counts as wrong, and its content is not recorded again. The next recovery plan looks for the old content. Undo reverses the decision.';

/** What each state means, and what happens next. */
export const ENDED_WORDS: Record<DriftRow['state'], string> = {
  open: 'Nobody has decided yet.',
  accepted: 'The new content was accepted, and its digest is now recorded.',
  rejected:
    'The new content was rejected, and the old digest is recorded again. The file has not been replaced. Make a recovery plan to look for the old content.',
  returned: 'A later read found the recorded content again, so no decision was needed.',
  superseded: 'A later read found different content again. The newer entry replaces this one.',
};

/** What undoing journal entries does. */
export const UNDO_WORDS =
  'Undoing the decision reopens the drift and restores the digest that the registry had before. Undoing another entry restores the value from before that entry.';

/** Which of the two contents the registry records now. */
export function standingWords(drift: DriftDetail): string {
  const recorded = drift.recorded_sha256?.toLowerCase();
  if (recorded === undefined) return 'none: the artifact was deleted or has no digest';
  if (recorded === drift.new_sha256) return 'the new content';
  return recorded === drift.old_sha256 ? 'the old content' : 'different content';
}
