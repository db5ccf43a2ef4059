import { HoleBudget } from '../../archive/holes.js';
import { type DecodeFrames, readMember } from '../../archive/ranged.js';
import { Failure } from '../../core/failure.js';
import type { ContentSink, Extraction, Wanted } from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';
import { copyTo, failedExtraction } from '../hashing.js';
import type { StoredArchive } from './choose.js';
import { type Meter, openSourceIndex, streamRange } from './index-of.js';
import { tooManyHoles } from './take.js';

/** An archive that has an index, and what reading it takes. */
interface IndexedArchive {
  store: StoreReader;
  archive: StoredArchive;
  meter: Meter;
  decodeFrames?: DecodeFrames | undefined;
}

/** Takes members out of an archive by range; each is proven by the digest that the index has. */
export async function extractRanged(
  { store, archive, meter, decodeFrames }: IndexedArchive,
  wanted: readonly Wanted[],
  open: (wanted: Wanted) => ContentSink,
  onOutcome: (outcome: Extraction) => void | Promise<void>,
): Promise<void> {
  const index = await openSourceIndex(store, archive, meter);
  const extract = async (one: Wanted): Promise<Extraction> => {
    try {
      const { member: name, at } = one.hit.locator;
      const member = (await index.find(String(name))).find((found) => found.headerAt === at);
      if (member?.sha256 === undefined || member.sha256 !== one.hit.sha256) {
        throw new Failure('candidate.changed', 'the index has another member under this name');
      }
      const holes = new HoleBudget();
      if (!holes.take(member)) throw tooManyHoles(holes);
      const read = (start: number, end: number) => streamRange(store, archive.info, { start, end }, meter);
      const content = await copyTo(readMember(index, member, read, decodeFrames), open(one));
      if (content.sha256 !== member.sha256) {
        throw new Failure('index.corrupt', 'the content is not the one of the index');
      }
      return { id: one.id, ok: true, ...content, verifiedBy: 'sha256' };
    } catch (error) {
      return failedExtraction(one.id, error);
    }
  };
  for (const one of wanted) await onOutcome(await extract(one));
}
