import { HoleBudget } from '../../archive/holes.js';
import { type DecodeFrames, MemberReader } from '../../archive/ranged.js';
import { Failure } from '../../core/failure.js';
import type { ContentSink, Extraction, Wanted } from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';
import { copyTo, failedExtraction } from '../hashing.js';
import type { StoredArchive } from './choose.js';
import { type Meter, openSourceIndex, streamRange } from './index-of.js';
import { tooManyHoles } from './take.js';

/** An archive with an index, and what is needed to read it. */
interface IndexedArchive {
  store: StoreReader;
  archive: StoredArchive;
  meter: Meter;
  decodeFrames?: DecodeFrames | undefined;
}

/** Extracts members from an archive by range. Each is proven by its digest in the index. */
export async function extractRanged(
  { store, archive, meter, decodeFrames }: IndexedArchive,
  wanted: readonly Wanted[],
  open: (wanted: Wanted) => ContentSink,
  onOutcome: (outcome: Extraction) => void | Promise<void>,
): Promise<void> {
  const index = await openSourceIndex(store, archive, meter);
  const readArchive = (start: number, end: number) => streamRange(store, archive.info, { start, end }, meter);
  const members = new MemberReader(index, { readArchive, decodeFrames });
  const extract = async (one: Wanted): Promise<Extraction> => {
    try {
      const { member: name, at } = one.hit.locator;
      const member = (await index.find(String(name))).find((found) => found.headerAt === at);
      if (member?.sha256 === undefined || member.sha256 !== one.hit.sha256) {
        throw new Failure('candidate.changed', 'the index now has a different member with this name');
      }
      const holes = new HoleBudget();
      if (!holes.take(member)) throw tooManyHoles(holes);
      const content = await copyTo(members.read(member), open(one));
      if (content.sha256 !== member.sha256) {
        throw new Failure('index.corrupt', 'the content does not match its digest in the index');
      }
      return { id: one.id, ok: true, ...content, verifiedBy: 'sha256' };
    } catch (error) {
      return failedExtraction(one.id, error);
    }
  };
  const inOrder = [...wanted].sort((a, b) => Number(a.hit.locator.at) - Number(b.hit.locator.at));
  try {
    for (const one of inOrder) await onOutcome(await extract(one));
  } finally {
    await members.close();
  }
}
