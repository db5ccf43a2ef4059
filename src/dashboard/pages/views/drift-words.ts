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
  'The new content is the right one from now on: its digest stands in the registry, and the entry is closed. The journal keeps the old digest, and undo brings it back.';

export const REJECT_WORDS =
  'The old digest stands in the registry again. The file is not touched: it counts as wrong, its content is never recorded again, and recovery looks for the old one.';

/** What undoing the journal's entries does, and what it does not. */
export const UNDO_WORDS =
  'Undoing an entry puts back the digest that stood there before it. The drift itself stays decided.';

/** Which of the two contents the registry names now. */
export function standingWords(drift: DriftDetail): string {
  const recorded = drift.recorded_sha256?.toLowerCase();
  if (recorded === undefined) return 'none: the artifact is gone, or has no digest';
  if (recorded === drift.new_sha256) return 'of the new content';
  return recorded === drift.old_sha256 ? 'of the old content' : 'of another content';
}
