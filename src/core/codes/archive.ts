import type { CodeEntry } from './entry.js';

/** Codes of archives, listings' content, indexes and restore. */
export const archiveCodes: Record<string, CodeEntry> = {
  'archive.truncated': {
    kind: 'error',
    meaning: 'The archive is cut off inside a member or inside its compressed data.',
    action:
      'Make the backup again. Complete members before the cut can still be restored with `salvor restore ARCHIVE MEMBER --stream`, and recovery finds them.',
  },
  'archive.corrupt': {
    kind: 'error',
    meaning: 'The archive is damaged: a checksum of its compression or of a tar header does not match.',
    action: 'Make the backup again, or restore an older version of this object from the bucket.',
  },
  'archive.unsupported': {
    kind: 'error',
    meaning: 'The archive has a format that cannot be read on this host.',
    action: 'The message names the program to install, or the format that is not tar.',
  },
  'archive.no_members': {
    kind: 'error',
    meaning: 'The tar has no members: it contains only zeros, or nothing at all.',
    action: 'Check what the backup job read, then make the backup again.',
  },
  'archive.no_end': {
    kind: 'warning',
    meaning:
      'The tar does not end with two zero blocks, or has a single zero block before its end. Its members are complete, but more may be missing after the last one.',
    action: 'Check whether the last member is the one you expect. Some programs never write the end marker.',
  },
  'archive.trailing_data': {
    kind: 'warning',
    meaning:
      'The end of the archive is followed by data that is neither zeros nor a member: junk, or members after a section that was overwritten with zeros.',
    action:
      'Check whether the listing is complete. If members are missing, restore an older version of the object from the bucket.',
  },
  'archive.concatenated': {
    kind: 'info',
    meaning:
      'More members follow the end of the archive because several archives were concatenated. All are read and listed; tar reads them only with -i.',
    action: 'Nothing, unless you expected a single archive.',
  },
  'archive.bad_header_value': {
    kind: 'warning',
    meaning:
      'A value in a header (a time, an owner, a mode, a name in an extended header, a sparse map) cannot be read. The contents of all members are correct, except for a member with a bad sparse map.',
    action:
      'Nothing, if the value does not matter to you. Otherwise check the program that wrote the archive.',
  },
  'archive.unaccounted': {
    kind: 'error',
    meaning:
      'The sizes of headers, contents, padding and end marker do not add up to the length of the tar, so the reader skipped something.',
    action: 'This is a bug in Salvor: please report it. Until it is fixed, read the archive with tar.',
  },
  'archive.limit': {
    kind: 'error',
    meaning:
      'A name, an extended header, a count or the holes of a sparse file in the archive are larger than any real archiver writes. The archive was not read further, or the file was not restored.',
    action:
      'Check where this archive came from. A sparse file that really is that large can be restored with `salvor restore ARCHIVE MEMBER --max-holes SIZE`.',
  },
  'decoder.failed': {
    kind: 'failure',
    meaning:
      'The program that decodes the archive was killed, could not start, or cannot decode this form. Nothing is known about the archive.',
    action: 'Follow the hint: free memory, or install or update the program. Then run the command again.',
  },
  'decoder.memory': {
    kind: 'failure',
    meaning:
      'Decoding the archive needs more memory than the limit allows. Nothing is known about the archive.',
    action: 'If you trust the archive and the host has enough memory, add `--max-memory SIZE`.',
  },
  'archive.changed': {
    kind: 'failure',
    meaning: 'The archive was replaced while it was being read.',
    action: 'Run the command again when no other program is writing to that key.',
  },
  'archive.not_found': {
    kind: 'failure',
    meaning: 'There is no archive at this path or URL.',
    action:
      'Check the path or URL. `salvor listings build ARCHIVE` takes archives, or a prefix with --missing.',
  },
  'archive.none_found': {
    kind: 'failure',
    meaning: 'There are no archives under the prefix, although some were expected.',
    action: 'Check the URL. Archives are recognized by their extension.',
  },
  'check.too_large': {
    kind: 'warning',
    meaning:
      'An archive was not checked: it is larger than the byte limit of one run of `listings check`, or needs more time than one run has, and it cannot be read over several runs. The message says why.',
    action:
      'An archive in zstd, xz or bzip2 needs an index for that: build it once with `salvor listings build ARCHIVE`. Otherwise raise `--max-bytes` or `--max-duration`, or check the archive separately with `salvor listings check ARCHIVE`. With `--no-registry` there is no place for the progress.',
  },
  'check.nothing_checked': {
    kind: 'failure',
    meaning: 'Nothing was checked: none of the archives that are due fits within the limits of the run.',
    action: 'Raise `--max-bytes` or `--max-duration`.',
  },
  'listing.built': {
    kind: 'info',
    meaning: 'A listing, an index, or both were written for the archive.',
    action: 'Nothing.',
  },
  'listing.would_build': {
    kind: 'info',
    meaning: 'What would be written for the archive (with --dry-run).',
    action: 'Run the command again without --dry-run.',
  },
  'sibling.exists': {
    kind: 'error',
    meaning: 'A listing or an index already exists at the destination.',
    action: 'Add --replace (with --upload), or choose another directory.',
  },
  'listing.differs': {
    kind: 'error',
    meaning: 'The listing does not match the archive: a line is missing, extra or different.',
    action: 'Rebuild it with `salvor listings build <archive> --upload --replace`.',
  },
  'listing.unreadable': {
    kind: 'warning',
    meaning:
      'The file is not a valid listing: it is empty, an HTML page, binary, or in the format of another program. It says nothing about the archive.',
    action: 'Rebuild the listing with `salvor listings build <archive> --upload --replace`.',
  },
  'listing.unreadable_line': {
    kind: 'warning',
    meaning:
      'Salvor cannot parse a line of the listing, or the line contains the name of a wanted file without being exactly that name. It is not known which member the line describes.',
    action: 'Rebuild the listing with `salvor listings build ARCHIVE --upload --replace`.',
  },
  'listing.absent': {
    kind: 'error',
    meaning: 'The archive has no listing to check.',
    action: 'Build it with `salvor listings build <archive> --upload`.',
  },
  'index.absent': {
    kind: 'warning',
    meaning: 'The archive has no index: restoring a member means reading the archive from its beginning.',
    action: 'Build it with `salvor listings build <archive> --upload`.',
  },
  'index.differs': {
    kind: 'error',
    meaning: 'The index does not match the archive, although it was made for this version of the object.',
    action: 'Rebuild it with `salvor listings build <archive> --upload --replace`.',
  },
  'index.stale': {
    kind: 'failure',
    meaning: 'The archive was replaced after the index was made.',
    action: 'Rebuild the index with `salvor listings build <archive> --upload --replace`, or add --stream.',
  },
  'index.corrupt': {
    kind: 'failure',
    meaning: 'The index is damaged, or the part of the archive that it points to. Nothing was written.',
    action: 'Run `salvor listings check <archive>` to see which. Rebuild the index, or add --stream.',
  },
  'restore.no_index': {
    kind: 'failure',
    meaning: 'The archive has no index. Salvor reads a whole archive only with --stream.',
    action: 'Add --stream, or build an index with `salvor listings build ARCHIVE --upload`.',
  },
  'member.not_found': {
    kind: 'failure',
    meaning: 'The archive has no member with this name.',
    action: 'List the members with `salvor restore --list ARCHIVE`.',
  },
  'member.not_regular': {
    kind: 'failure',
    meaning:
      'The member is not a regular file, so it has no content to restore. If several members have the same name, the last one counts, as with tar.',
    action: 'For a link, restore its target. Create directories and devices yourself.',
  },
  'member.sparse': {
    kind: 'failure',
    meaning: 'The member is a sparse file with an inconsistent map, so its content cannot be assembled.',
    action: 'Extract it with GNU tar (tar -xf ARCHIVE MEMBER), and compare the result with a known copy.',
  },
  'member.unverified': {
    kind: 'failure',
    meaning: 'The content cannot be verified: there is no digest, and the archive format has no checksum.',
    action: 'Add --allow-unverified to accept unverified content.',
  },
  'restore.no_listing': {
    kind: 'failure',
    meaning: 'The archive has neither an index nor a listing, so its members are unknown until it is read.',
    action: 'Build them with `salvor listings build ARCHIVE`, or read the archive itself with --stream.',
  },
  'restore.unsafe_name': {
    kind: 'failure',
    meaning:
      'A member was not written: its name leads out of the directory given with -C, or through something that is not a directory.',
    action: 'Restore that member separately under another name: `salvor restore ARCHIVE MEMBER -o FILE`.',
  },
  'restore.too_many': {
    kind: 'failure',
    meaning:
      'The globs match more members than one command can restore, or the archive has more than it can list.',
    action: 'Narrow the globs, or extract the archive with tar.',
  },
  'restore.exists': {
    kind: 'failure',
    meaning: 'A file already exists at the destination of the member.',
    action: 'Choose another path with -o. Existing files are never replaced.',
  },
  'tee.index_failed': {
    kind: 'failure',
    meaning:
      'The archive was copied, but its listing or index could not be written. The message says whether the archive was read to its end.',
    action: 'Build its listing with `salvor listings build ARCHIVE`, which also checks the archive.',
  },
  'tee.archive_damaged': {
    kind: 'failure',
    meaning: 'The copied data is not a complete archive: it is empty, cut off, damaged, or has no members.',
    action:
      'Do not rely on this backup. Check why the program that writes to the pipe ended early, then make the backup again.',
  },
  'tee.output_closed': {
    kind: 'failure',
    meaning: 'The program that receives the archive stopped reading.',
    action: 'The backup is incomplete. Check the program after the pipe.',
  },
};
