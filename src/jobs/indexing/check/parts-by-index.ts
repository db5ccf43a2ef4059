import type { PartInProgress } from '../../../registry/archive-parts-port.js';
import { checkListing } from './check-listing.js';
import type { CheckedOne } from './check-one.js';
import { indexedEntries } from './indexed-entries.js';
import type { UsableIndex } from './load-index.js';
import {
  type InPartsPorts,
  type PartChecked,
  readArchivePart,
  type TargetInParts,
} from './read-archive-part.js';

/**
 * Reads the next part of an archive with an index. The archive is not decoded: its SHA-256 and those of its spans are
 * compared with the index, which was built by decoding exactly these bytes, and the listing with the members of the
 * index. The state of the hash is saved and is used only for the same version of the archive.
 */
export async function checkByIndex(
  target: TargetInParts,
  { index, part }: { index: UsableIndex; part: PartInProgress },
  ports: InPartsPorts,
): Promise<PartChecked> {
  const { problems } = index.audit;
  let reported = 0;
  await readArchivePart(
    target,
    {
      get offset() {
        return part.offset;
      },
      isFull: false,
      take(bytes) {
        part.hash.update(bytes);
        part.offset += bytes.length;
        index.audit.compressed(bytes);
        // As soon as they are found, and not only when the archive is finished.
        for (const what of problems.slice(reported))
          target.say('index.differs', 'error', `${what} does not match`);
        reported = problems.length;
      },
      stop: () => undefined,
      save: () => part.save(),
    },
    ports,
  );
  if (!part.isFinished) return { kind: 'stopped' };
  return { kind: 'finished', checked: await conclude(target, { index, sha256: part.hash.digest() }, ports) };
}

async function conclude(
  { archive, say }: TargetInParts,
  { index, sha256 }: { index: UsableIndex; sha256: string },
  { directory, signal }: InPartsPorts,
): Promise<CheckedOne> {
  const { meta } = index.reader.footer;
  const isSame = sha256 === meta.sha256;
  if (!isSame) say('index.differs', 'error', 'the digest of the whole archive does not match');
  const listing = await checkListing(archive, indexedEntries(index.reader, directory), say, signal);
  return { members: meta.members, listing, index: isSame ? 'same' : 'differs' };
}
