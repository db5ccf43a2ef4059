import type { CodeEntry } from './entry.js';

/** Codes of job 2: checksums, drift and the journal. */
export const checksumCodes: Record<string, CodeEntry> = {
  'root.unavailable': {
    kind: 'failure',
    meaning:
      'A root directory is missing, empty or unreadable, lacks its sentinel, or was replaced by another directory during the run.',
    action:
      'Mount the disk, then run the command again. Until then nothing is known about the files in this directory.',
  },
  'root.ambiguous': {
    kind: 'error',
    meaning: 'The same file_path leads to different files in two roots. Nothing was written for the row.',
    action: 'Remove one of the files, or set `types` on the roots so that only one of them applies.',
  },
  'window.closed': {
    kind: 'failure',
    meaning: 'The run was started outside its time window.',
    action: 'Run it within the window, or add --wait.',
  },
  'artifacts.none': {
    kind: 'failure',
    meaning: 'No row with a path was found, although some were expected.',
    action: 'Check registry.table, registry.columns and --type.',
  },
  'drift.detected': {
    kind: 'error',
    meaning: 'Two reads of a file gave the same SHA-256, and it differs from the recorded one.',
    action: 'See the change with `salvor drift list`, then accept or reject the new content.',
  },
  'drift.rejected_remains': {
    kind: 'warning',
    meaning: 'A file still has content that was rejected.',
    action: 'Restore the correct file. The recorded digest was kept.',
  },
  'drift.closed': {
    kind: 'failure',
    meaning: 'The drift entry is no longer open: someone decided it, or a later read closed it.',
    action: 'See how it ended with `salvor drift show ID`.',
  },
  'drift.stale': {
    kind: 'failure',
    meaning:
      'A decision about drift was refused because the file or its row has changed since. Nothing was written.',
    action: 'Run `salvor checksums verify`, then decide about the drift that is still open.',
  },
  'drift.refused': {
    kind: 'error',
    meaning: 'One of several drift entries could not be decided. The others were.',
    action: 'The message gives the reason.',
  },
  'file.missing': {
    kind: 'warning',
    meaning: 'A row has a path, but its file does not exist. No digest is on record.',
    action: 'Search for it with `salvor recovery plan`.',
  },
  'file.lost': {
    kind: 'error',
    meaning: 'A row has a digest on record, but its file does not exist.',
    action: 'Search for it by its digest with `salvor recovery plan`.',
  },
  'file.pointer': {
    kind: 'warning',
    meaning:
      'The file is a stand-in that only names the location of the content: a Git LFS or git-annex pointer, a DVC file, a stored link.',
    action:
      'Fetch the content with the tool that wrote the stand-in (`git lfs pull`, `git annex get`, `dvc pull`), or search for it with `salvor recovery plan`.',
  },
  'file.outside_root': {
    kind: 'error',
    meaning: 'A file_path leads out of its root through `..`, an absolute path or a link.',
    action: 'Fix the path, or configure the root that it belongs to.',
  },
  'file.elsewhere': {
    kind: 'info',
    meaning:
      'A file_path is a URL or other address, a Windows path or a network share, not a path below a root.',
    action: 'Nothing. Salvor does not check this file.',
  },
  'file.not_regular': {
    kind: 'error',
    also: { severity: 'warning', when: 'for directories, once per type' },
    meaning: 'A file_path leads to a directory, device, FIFO or socket. Only regular files are hashed.',
    action: 'Fix the path. For a directory, register the files in it.',
  },
  'file.unreadable': {
    kind: 'error',
    meaning: 'A file cannot be read: permission denied, or a disk error.',
    action: "The message has the system's error. EIO means that the disk is failing.",
  },
  'file.unstable': {
    kind: 'error',
    meaning: 'A file changed while it was being read, in two attempts.',
    action: 'Check which program writes to the file, and run the command again when it is done.',
  },
  'row.conflict': {
    kind: 'error',
    meaning: 'Every attempt to write a row failed because another program had just changed or deleted it.',
    action: 'Run the command again. If this recurs, check which program keeps changing the row.',
  },
  'row.bad_metadata': {
    kind: 'error',
    meaning:
      'The metadata of a row is not a JSON object, or has a duplicate key. The row was left unchanged.',
    action: 'Fix the metadata manually.',
  },
  'row.side_effect': {
    kind: 'failure',
    meaning:
      'A trigger or rule changed or discarded the update, or changed a guarded column. The update was rolled back.',
    action:
      'Make sure that the trigger in the message does not fire when metadata is updated. Rows without the side effect were written.',
  },
  'row.changed': {
    kind: 'failure',
    meaning: 'A row changed while someone was deciding about it. Nothing was written.',
    action: 'Review the row and decide again.',
  },
  'row.refused': {
    kind: 'failure',
    meaning: 'A constraint or a trigger in the database rejected a change.',
    action:
      "The message has the database's reason. Check the constraints and triggers of the artifacts table.",
  },
  'digest.malformed': {
    kind: 'warning',
    meaning:
      'A recorded digest is malformed. A malformed file_sha256 was replaced (the journal has the old value); a digest or sidecar from `registry.digests` was ignored.',
    action: 'Check which program wrote it.',
  },
  'digest.disagree': {
    kind: 'warning',
    meaning: 'Two recorded digests of a row cannot belong to the same content.',
    action:
      'Check which of them is right. If the file contradicts one of them, the row is reported as drift and not updated.',
  },
  'marker.future': {
    kind: 'warning',
    meaning:
      "A file_sha256_computed_at is in the future by the database's clock. It was ignored, and the file was read again.",
    action: 'Find the host whose clock was wrong when it wrote the value.',
  },
  'checksums.nothing_finished': {
    kind: 'warning',
    meaning: 'A run read data but did not finish any file.',
    action:
      'Nothing, if large files are being read over several runs (`rows_partial`). Otherwise give the run more time or a higher rate.',
  },
  'scrub.period_unmet': {
    kind: 'warning',
    meaning: 'Some files were not read again within the period, or cannot be at this pace.',
    action: 'Give the scrub more time or bytes, run it more often, or choose a longer period.',
  },
  'undo.running': {
    kind: 'failure',
    meaning: 'The changes belong to a run that has not ended, so they cannot be undone yet (exit 4).',
    action: 'Stop the run or wait for it to end, then undo it.',
  },
  'journal.unknown': {
    kind: 'failure',
    meaning: 'The journal has no such entry or run.',
    action: 'List the entries with `salvor journal log`.',
  },
  'journal.refused': {
    kind: 'error',
    meaning: 'A change could not be undone.',
    action: 'The message gives the reason. Later changes by others are kept.',
  },
  'drift.unknown': {
    kind: 'failure',
    meaning: 'There is no such drift entry.',
    action: 'List the entries with `salvor drift list --state all`.',
  },
  'usage.table': {
    kind: 'failure',
    meaning: 'The name of a table is malformed.',
    action: 'Write table, schema.table or "Schema"."Table".',
  },
  'usage.window': {
    kind: 'failure',
    meaning: 'A time window or its time zone is malformed.',
    action: 'Write 02:00-06:00, and a zone such as Europe/Berlin.',
  },
  'registry.column_type': {
    kind: 'failure',
    meaning: 'A column of the artifacts table has a type that is not supported.',
    action: 'Choose another column in registry.columns.',
  },
  'registry.mirror': {
    kind: 'failure',
    meaning: 'journal.mirror has an unknown key, or lacks a required one.',
    action: 'See docs/configuration.md.',
  },
};
