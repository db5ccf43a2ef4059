import { isoTime } from '../../../core/iso-time.js';
import type { ObjectInfo } from '../../../objectstore/port.js';
import type { UnmatchedSibling } from '../scan/key-scan.js';
import { type ArchiveFinding, type FindingDraft, violationOrWarning } from './finding-draft.js';

/** A listing or an index without its archive. */
export function orphanFinding(
  { object, archiveKey, kind }: UnmatchedSibling,
  subject: string,
  partition: string,
): FindingDraft {
  return {
    code: kind === 'listing' ? 'listing.orphan' : 'index.orphan',
    subject,
    message: `is the ${kind} of an archive that does not exist`,
    ...violationOrWarning(false),
    detail: { ...detailOf(object, partition), archive: archiveKey },
  };
}

/** A key that looks like an archive's name but has an unknown extension. */
export function unrecognisedFinding(
  object: ObjectInfo,
  subject: string,
  partition: string,
  strict: boolean,
): ArchiveFinding {
  return {
    code: 'archive.unrecognised',
    subject,
    message: 'looks like an archive but has an unsupported extension',
    ...violationOrWarning(strict),
    detail: detailOf(object, partition),
  };
}

function detailOf(object: ObjectInfo, partition: string): Record<string, unknown> {
  return {
    key: object.key,
    partition,
    size_bytes: object.sizeBytes,
    last_modified: isoTime(object.lastModifiedMs),
  };
}
