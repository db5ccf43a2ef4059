import type { Severity } from '../../../core/finding.js';
import { keptPart, PartInProgress } from '../../../registry/archive-parts-port.js';
import type { ArchiveRef } from '../archive-ref.js';
import { loadIndex } from './load-index.js';
import { checkByDecoding } from './parts-by-decoding.js';
import { checkByIndex } from './parts-by-index.js';
import type { InPartsPorts, PartChecked } from './read-archive-part.js';

/**
 * Checks an archive that takes longer than one run, one part per run: with its index or, without a usable one, by
 * decoding it. What is saved of one way cannot be used for the other, which then reads the archive from its start.
 */
export async function checkInParts(archive: ArchiveRef, ports: InPartsPorts): Promise<PartChecked> {
  const { parts, signal } = ports;
  const subject = archive.store.urlOf(archive.key);
  const info = await archive.store.head(archive.key, signal);
  const { etag = null, sizeBytes, lastModifiedMs } = info;
  const identity = JSON.stringify({ etag, sizeBytes, lastModifiedMs });
  const whole = { subject, archiveUrl: subject, identity, sizeBytes };
  const target = {
    ...{ archive, info, whole },
    say: (code: string, severity: Severity, message: string) =>
      ports.found({ code, severity, subject, message }),
  };
  const kept = await keptPart(parts, whole);
  const part = await PartInProgress.resume(parts, whole, kept);
  const index = await loadIndex(archive, info, { from: part.offset, isDecoded: false, signal });
  return 'problem' in index
    ? checkByDecoding(target, { index, kept }, ports)
    : checkByIndex(target, { index, part }, ports);
}
