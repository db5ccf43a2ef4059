import type { DriftClass, DriftDetail } from '../../api.js';

/** What a class of drift means, for who has to decide. */
export const CLASS_WORDS: Record<DriftClass, string> = {
  corrupt:
    'The content changed, and neither size nor time did. Programs that write a file change its time; failing storage does not. Unless you know who did this, reject it and let recovery bring the old content back.',
  rewritten:
    'The file was written after its digest was recorded. Whoever did it may have meant to: accept it if the new content is the right one.',
  unknown:
    'Nothing tells whether a program or the storage changed the file. Compare the two contents before you decide.',
};

export const ACCEPT_WORDS =
  'The new content is the right one from now on: its digest stands in the registry, and the entry is closed. Undo takes the decision back, and opens the drift again.';

export const REJECT_WORDS =
  'The old digest stands in the registry again. The file is not touched: it counts as wrong, its content is never recorded again, and recovery looks for the old one. Undo takes the decision back.';

/** What undoing the journal's entries does. */
export const UNDO_WORDS =
  'Undoing the decision opens the drift again, with the digest that stood in the registry before it. Undoing another entry puts back what stood there before that one.';

/** Which of the two contents the registry names now. */
export function standingWords(drift: DriftDetail): string {
  const recorded = drift.recorded_sha256?.toLowerCase();
  if (recorded === undefined) return 'none: the artifact is gone, or has no digest';
  if (recorded === drift.new_sha256) return 'of the new content';
  return recorded === drift.old_sha256 ? 'of the old content' : 'of another content';
}
