import { isResumable, type ResumableCompression } from '../../../archive/archive-point.js';
import { SNIFF_BYTES, sniffCompression } from '../../../archive/compression.js';
import { Damage } from '../../../archive/damage.js';
import type { ArchivePart } from '../../../registry/archive-parts-port.js';
import { damageFinding, noteFindings } from '../damage-finding.js';
import { listingEntries } from '../listing-entries.js';
import { checkListing } from './check-listing.js';
import type { CheckedOne } from './check-one.js';
import { DecodedPart, type DecodedResult, NotInParts } from './decoded-part.js';
import type { UnusableIndex } from './load-index.js';
import {
  type InPartsPorts,
  type PartChecked,
  readArchivePart,
  type TargetInParts,
} from './read-archive-part.js';

/**
 * Reads the next part of an archive without a usable index: decodes it, verifies its container, and at the end compares
 * its listing. The findings are those of a read in one run.
 */
export async function checkByDecoding(
  target: TargetInParts,
  { index, kept }: { index: UnusableIndex; kept: ArchivePart | undefined },
  ports: InPartsPorts,
): Promise<PartChecked> {
  const { parts, found, maxBytes } = ports;
  const { subject } = target.whole;
  const { code, severity, message } = index.problem;
  // An error is reported by every run, and not only when the archive is finished.
  if (severity === 'error') target.say(code, severity, message);
  const reportOther = (): void => {
    if (severity !== 'error') target.say(code, severity, message);
  };
  try {
    const part = await DecodedPart.open(parts, target.whole, {
      kept,
      maxBytes,
      sniff: () => sniff(target, index, ports),
    });
    await readArchivePart(target, part, ports);
    if (part.isStuck)
      throw new NotInParts('what two runs have read has no place from which another could continue');
    if (part.result === undefined) return { kind: 'stopped' };
    reportOther();
    return { kind: 'finished', checked: await conclude(target, { part, result: part.result, index }, ports) };
  } catch (error) {
    if (error instanceof NotInParts) {
      await parts.forget([subject]);
      return { kind: 'impossible', reason: error.message };
    }
    if (!(error instanceof Damage)) throw error;
    reportOther();
    found(damageFinding(subject, error));
    return { kind: 'finished', checked: undefined };
  }
}

async function conclude(
  { archive, whole, say }: TargetInParts,
  { part, result, index }: { part: DecodedPart; result: DecodedResult; index: UnusableIndex },
  { found, signal }: InPartsPorts,
): Promise<CheckedOne> {
  const { members, notes } = result;
  for (const finding of noteFindings(whole.subject, notes)) found(finding);
  const listing = await checkListing(archive, listingEntries(part.listing()), say, signal);
  return { members, listing, index: index.state };
}

/** @throws NotInParts for a compression whose archives need an index to be read in parts */
async function sniff(
  { archive, info, whole }: TargetInParts,
  index: UnusableIndex,
  { signal }: InPartsPorts,
): Promise<ResumableCompression> {
  const { body } = await archive.store.get(archive.key, {
    range: { start: 0, end: Math.min(info.sizeBytes, SNIFF_BYTES) },
    ...(info.etag === undefined ? {} : { ifMatch: info.etag }),
    ...(signal === undefined ? {} : { signal }),
  });
  let head = Buffer.alloc(0);
  for await (const bytes of body) head = Buffer.concat([head, bytes]);
  const compression = sniffCompression(head);
  if (isResumable(compression)) return compression;
  throw new NotInParts(
    `${index.problem.message}, and an archive in ${compression} needs a usable one for that: salvor listings build ${whole.subject}`,
  );
}
