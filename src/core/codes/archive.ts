import type { CodeEntry } from './entry.js';

/** Codes of archives, listings' content, indexes and restore. */
export const archiveCodes: Record<string, CodeEntry> = {
  'archive.truncated': {
    kind: 'error',
    meaning: 'The archive ends too early: inside a member, or inside its compression.',
    action:
      'Make the backup again. Members that are whole before the cut can be restored with `salvor restore --stream`, and recovery finds them.',
  },
  'archive.corrupt': {
    kind: 'error',
    meaning: 'The archive is damaged: a checksum of its compression or of a tar header does not match.',
    action: 'Make the backup again, or bring this object back from an older version of the bucket.',
  },
  'archive.unsupported': {
    kind: 'error',
    meaning: 'The archive is in a form that cannot be read here.',
    action: 'The message says what is missing: a program to install, or a format that is not tar.',
  },
  'archive.empty': {
    kind: 'error',
    meaning: 'The archive is a file of 0 bytes.',
    action: 'Make the backup again, and find out what wrote nothing.',
  },
  'archive.no_members': {
    kind: 'error',
    meaning: 'The archive is a tar without a single member: there are only zeros, or nothing.',
    action: 'Make the backup again, and find out what it was made from.',
  },
  'archive.no_end': {
    kind: 'warning',
    meaning:
      'The tar does not end with two zero blocks, or has a lone zero block before its end. Its members are whole, but some may be missing after the last one.',
    action: 'Compare the last member with what should be there. Some programs never write the end.',
  },
  'archive.trailing_data': {
    kind: 'warning',
    meaning:
      'Something that is neither zeros nor a member follows the end of the archive: junk, or members after a part that was overwritten with zeros.',
    action:
      'Compare the listing with what should be there. If members are missing, bring the object back from an older version of the bucket.',
  },
  'archive.concatenated': {
    kind: 'info',
    meaning:
      'Members follow the end of the archive: several archives were joined. All are read and listed; tar itself reads them only with -i.',
    action: 'Nothing, unless one archive was expected.',
  },
  'archive.bad_header_value': {
    kind: 'warning',
    meaning:
      'A value in a header (a time, an owner, a mode, a sparse map) cannot be read. The contents of all members are right, but for a member whose sparse map is bad.',
    action: 'Nothing, if the value does not matter to you; otherwise look at what wrote the archive.',
  },
  'archive.unaccounted': {
    kind: 'error',
    meaning:
      'Headers, contents, padding and end of the tar do not add up to its length: the reader skipped something.',
    action: 'Report it: this is a bug in Salvor. Read the archive with tar until it is fixed.',
  },
  'archive.limit': {
    kind: 'error',
    meaning:
      'Something in the archive (a name, an extended header, a count, the holes of a sparse file) is larger than any real archiver writes.',
    action:
      'Look at who made this archive; it was not read further. A sparse file that really has holes of over 1 TiB can be restored with `salvor restore --max-holes`.',
  },
  'decoder.failed': {
    kind: 'failure',
    meaning:
      'The program that decodes the archive was killed, could not start, or cannot decode this form. Nothing is known about the archive.',
    action: 'Follow the hint: free memory, or install or update the program. Then run the command again.',
  },
  'decoder.memory': {
    kind: 'failure',
    meaning: 'Decoding the archive needs more memory than is allowed. Nothing is known about the archive.',
    action: 'If the archive is yours and this host has the memory, add `--max-memory SIZE`.',
  },
  'archive.changed': {
    kind: 'failure',
    meaning: 'The archive was replaced while it was read.',
    action: 'Run the command again when nothing writes to that key.',
  },
  'archive.not_found': {
    kind: 'failure',
    meaning: 'There is no archive under the name that was given.',
    action: 'Check the path or url; listings build takes archives, or a prefix with --missing.',
  },
  'archive.none_found': {
    kind: 'failure',
    meaning: 'There is no archive under the prefix, where some were expected.',
    action: 'Check the url; archives are found by their extension.',
  },
  'check.too_large': {
    kind: 'warning',
    meaning:
      'An archive is larger than all that one run of `listings check` may read, or takes longer than half of its time: it was not checked.',
    action:
      'Check it by itself: `salvor listings check ARCHIVE`, or raise `--max-bytes` or `--max-duration`.',
  },
  'check.nothing_checked': {
    kind: 'failure',
    meaning: 'No archive that is due fits into the budget of the run: nothing was checked.',
    action: 'Raise `--max-bytes` or `--max-duration`.',
  },
  'listing.built': {
    kind: 'info',
    meaning: 'A listing, an index, or both were written for the archive.',
    action: 'Nothing.',
  },
  'listing.would_build': {
    kind: 'info',
    meaning: 'With --dry-run: what would be written for the archive.',
    action: 'Run it again without --dry-run.',
  },
  'sibling.exists': {
    kind: 'error',
    meaning: 'A listing or an index stands already where one was to be written.',
    action: 'Add --replace (with --upload), or write to another directory.',
  },
  'listing.differs': {
    kind: 'error',
    meaning: 'The listing does not say what the archive holds: a line is missing, too many, or different.',
    action: 'Write it again with `salvor listings build --upload --replace`.',
  },
  'listing.unreadable': {
    kind: 'warning',
    meaning:
      'A listing is not one: it is empty, a page, binary, or in the format of another program. It says nothing of what is in its archive.',
    action: 'Write the listing again with `salvor listings build --upload --replace`.',
  },
  'listing.unreadable_line': {
    kind: 'warning',
    meaning:
      'A line of the listing is in no form that Salvor reads, or names a wanted file without being its name. What it stands for is not known.',
    action: 'Write the listing again with `salvor listings build --upload --replace`.',
  },
  'listing.absent': {
    kind: 'error',
    meaning: 'The archive to be checked has no listing.',
    action: 'Write it with `salvor listings build --upload`.',
  },
  'index.absent': {
    kind: 'warning',
    meaning: 'The archive has no index: its members can only be had by streaming it.',
    action: 'Write it with `salvor listings build --upload`.',
  },
  'index.differs': {
    kind: 'error',
    meaning: 'The index does not say what the archive holds, though it is made for this very object.',
    action: 'Write it again with `salvor listings build --upload --replace`.',
  },
  'index.stale': {
    kind: 'failure',
    meaning: 'The archive is no longer the object that the index was made from.',
    action: 'Write the index again with `salvor listings build --upload --replace`, or add --stream.',
  },
  'index.corrupt': {
    kind: 'failure',
    meaning: 'The index, or the part of the archive that it led to, is damaged. Nothing was written.',
    action: 'Check with `salvor listings check`; build the index again, or add --stream.',
  },
  'restore.no_index': {
    kind: 'failure',
    meaning:
      'The archive has no index, and --stream was not given: a whole archive is only read if that was asked for.',
    action: 'Add --stream, or write an index with `salvor listings build --upload`.',
  },
  'member.not_found': {
    kind: 'failure',
    meaning: 'The archive has no member of that name.',
    action: 'See the members with `salvor restore --list ARCHIVE`.',
  },
  'member.not_regular': {
    kind: 'failure',
    meaning:
      'The member is no regular file: it has no content to restore. Of several members of one name the last counts, as when tar extracts them.',
    action: 'Restore what a link points to; directories and devices are made, not restored.',
  },
  'member.sparse': {
    kind: 'failure',
    meaning: 'The member is a sparse file whose map contradicts itself: its content cannot be put together.',
    action: 'Try GNU tar (tar -xf ARCHIVE MEMBER), and compare what it gives with something known.',
  },
  'member.unverified': {
    kind: 'failure',
    meaning: 'Nothing proves that the content is right: no digest, and no checksum in the container.',
    action: 'Add --allow-unverified if that is good enough.',
  },
  'restore.no_listing': {
    kind: 'failure',
    meaning:
      'The archive has neither an index nor a listing, so its members are not known without reading it.',
    action: 'Write them with `salvor listings build`, or restore a member by its name with --stream.',
  },
  'restore.unsafe_name': {
    kind: 'failure',
    meaning:
      'The name of a member leads out of the directory that was given with -C, or over something that is no directory. It was not written.',
    action: 'Restore that member alone, under another name: `salvor restore ARCHIVE MEMBER -o FILE`.',
  },
  'restore.too_many': {
    kind: 'failure',
    meaning: 'More members match the globs than one command brings back.',
    action: 'Name fewer, or extract the archive with tar.',
  },
  'restore.exists': {
    kind: 'failure',
    meaning: 'There is already a file where the member was to be written.',
    action: 'Name another place with -o; nothing existing is ever replaced.',
  },
  'tee.index_failed': {
    kind: 'failure',
    meaning:
      'The archive passed through, but its listing or index could not be made. The message says whether the archive was read to its end.',
    action: 'Build its listing with `salvor listings build ARCHIVE`, which also checks the archive.',
  },
  'tee.archive_damaged': {
    kind: 'failure',
    meaning: 'What passed through is no whole archive: it is empty, cut off, damaged, or has no members.',
    action:
      'Do not count on this backup. Check why the program before the pipe ended early, and make the backup again.',
  },
  'tee.output_closed': {
    kind: 'failure',
    meaning: 'The program that was to take the archive stopped reading it.',
    action: 'Look at the program behind the pipe: the backup is incomplete.',
  },
};
