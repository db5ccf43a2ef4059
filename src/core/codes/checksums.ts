import type { CodeEntry } from './entry.js';

/** Codes of job 2: checksums, drift and the journal. */
export const checksumCodes: Record<string, CodeEntry> = {
  'root.unavailable': {
    kind: 'failure',
    meaning:
      'A root directory is missing, empty, unreadable, lacks its sentinel, or became another directory during the run.',
    action: 'Mount the disk, then run the command again. Nothing was concluded about the files below it.',
  },
  'root.ambiguous': {
    kind: 'error',
    meaning: 'One file_path leads to different files in two roots; nothing was written for the row.',
    action: 'Remove one of the files, or give the roots `types` so that only one applies.',
  },
  'window.closed': {
    kind: 'failure',
    meaning: 'The run was started outside of its window.',
    action: 'Run it within the window, or with --wait.',
  },
  'artifacts.none': {
    kind: 'failure',
    meaning: 'No row with a path was found, where something was expected.',
    action: 'See registry.table, registry.columns and --type.',
  },
  'drift.detected': {
    kind: 'error',
    meaning: 'The recorded SHA-256 of a file differs from the one that two reads gave.',
    action: '`salvor drift list` shows it; accept the new content or reject it.',
  },
  'drift.rejected_remains': {
    kind: 'warning',
    meaning: 'A file still has content that a person rejected.',
    action: 'Bring the right file back; the recorded digest was kept.',
  },
  'drift.closed': {
    kind: 'failure',
    meaning: 'A drift entry is no longer open: a person decided it, or a later read ended it.',
    action: '`salvor drift show` says how it ended.',
  },
  'drift.stale': {
    kind: 'failure',
    meaning:
      'A decision about drift was refused: the file, or its row, is no longer what the entry says. Nothing was written.',
    action: 'Run `salvor checksums verify`, then look at the drift that is open.',
  },
  'drift.refused': {
    kind: 'error',
    meaning: 'Of several drift entries, this one could not be decided; the others were.',
    action: 'See the reason.',
  },
  'file.missing': {
    kind: 'warning',
    meaning: 'A row has a path, no digest on record, and no file.',
    action: '`salvor recovery plan` looks for it.',
  },
  'file.lost': {
    kind: 'error',
    meaning: 'A row has a digest on record, and its file is gone.',
    action: '`salvor recovery plan` looks for it by its digest.',
  },
  'file.pointer': {
    kind: 'warning',
    meaning:
      'The file is a stand-in that only says where the content is: a Git LFS or git-annex pointer, a DVC file, a stored link.',
    action:
      'Fetch the content with the tool that left the stand-in (`git lfs pull`, `git annex get`, `dvc pull`), or let `salvor recovery plan` look for it.',
  },
  'file.outside_root': {
    kind: 'error',
    meaning: 'A file_path leads out of its root: `..`, an absolute path, or a link.',
    action: 'Correct the path, or configure the root that it belongs to.',
  },
  'file.elsewhere': {
    kind: 'info',
    meaning: 'A file_path is an address, a Windows path or a network share: no path below a root.',
    action: 'Nothing; the file is not checked here.',
  },
  'file.not_regular': {
    kind: 'error',
    also: { severity: 'warning', when: 'for directories, one for each type' },
    meaning: 'A file_path leads to a device, FIFO or socket, or to a directory: directories are not hashed.',
    action: 'Correct the path; for a directory, register its files.',
  },
  'file.unreadable': {
    kind: 'error',
    meaning: 'A file cannot be read: missing rights, or an error of the disk.',
    action: 'See the error; EIO means that the disk is failing.',
  },
  'file.unstable': {
    kind: 'error',
    meaning: 'A file changed while it was read, twice.',
    action: 'Find out what writes to it, and run again when it is done.',
  },
  'row.conflict': {
    kind: 'error',
    meaning: 'A row was changed or deleted by others whenever it was to be written.',
    action: 'Run again; if it stays, find out what keeps changing it.',
  },
  'row.bad_metadata': {
    kind: 'error',
    meaning: 'The metadata of a row is no JSON object, or has a key twice; it was left alone.',
    action: 'Fix the metadata by hand.',
  },
  'row.side_effect': {
    kind: 'failure',
    meaning:
      'A trigger or rule changed or discarded what was written, or changed a guarded column; the update was rolled back.',
    action:
      'Keep the trigger that is named from firing for updates of the metadata. Rows without the side effect were written.',
  },
  'row.changed': {
    kind: 'failure',
    meaning: 'A row changed while a decision about it was being made; nothing was written.',
    action: 'Look at it again, and repeat the decision.',
  },
  'row.refused': {
    kind: 'failure',
    meaning: 'A constraint or a trigger of the database refused a change.',
    action: 'See the message, and the constraints and triggers of the artifacts table.',
  },
  'digest.malformed': {
    kind: 'warning',
    meaning:
      'A recorded digest is not one: a file_sha256 was replaced (the journal has what it was); a digest or sidecar of `registry.digests` was not used.',
    action: 'Find out what wrote it.',
  },
  'digest.disagree': {
    kind: 'warning',
    meaning: 'Two digests that are recorded for a row cannot be of the same content.',
    action: 'Find out which of them is right; where the file contradicts one, that is drift and is held.',
  },
  'marker.future': {
    kind: 'warning',
    meaning:
      "A file_sha256_computed_at is later than the database's own time. It was ignored, and the file was read again.",
    action: 'Find the host or program whose clock was wrong when it wrote the marker.',
  },
  'checksums.nothing_finished': {
    kind: 'warning',
    meaning: 'A run read bytes and finished no file.',
    action:
      'Nothing, if large files are being read over several runs (`rows_partial`); otherwise give the run more time or a higher rate.',
  },
  'scrub.period_unmet': {
    kind: 'warning',
    meaning: 'Not every file can be, or was, read again within the period.',
    action: 'Give the scrub more time or bytes, run it more often, or lengthen the period.',
  },
  'undo.running': {
    kind: 'failure',
    meaning: 'The changes belong to a run that is still going, so they cannot be undone yet (exit 4).',
    action: 'Stop the run or wait until it has ended, then undo it.',
  },
  'journal.unknown': {
    kind: 'failure',
    meaning: 'There is no such entry or run in the journal.',
    action: '`salvor journal log` shows what there is.',
  },
  'journal.refused': {
    kind: 'error',
    meaning: 'A change could not be taken back.',
    action: 'See the reason; what others changed since is kept.',
  },
  'drift.unknown': {
    kind: 'failure',
    meaning: 'There is no such drift entry.',
    action: '`salvor drift list --state all` shows what there is.',
  },
  'usage.table': {
    kind: 'failure',
    meaning: 'The name of a table cannot be read.',
    action: 'Write table, schema.table or "Schema"."Table".',
  },
  'usage.window': {
    kind: 'failure',
    meaning: 'A window of time or its time zone cannot be read.',
    action: 'Write 02:00-06:00, and a zone such as Europe/Berlin.',
  },
  'registry.column_type': {
    kind: 'failure',
    meaning: 'A column of the artifacts table has a type that is not supported.',
    action: 'Name another column in registry.columns.',
  },
  'registry.mirror': {
    kind: 'failure',
    meaning: 'journal.mirror names columns that it does not know, or lacks one that it needs.',
    action: 'See docs/configuration.md.',
  },
};
