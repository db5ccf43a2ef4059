import type { ObjectInfo } from '../../../objectstore/port.js';
import { type ArchiveParts, PartInProgress } from '../../../registry/archive-parts-port.js';
import type { ArchiveRef } from '../archive-ref.js';
import { checkListing, type Say } from './check-listing.js';
import type { CheckedOne, CheckOnePorts } from './check-one.js';
import { indexedEntries } from './indexed-entries.js';
import { type LoadedIndex, loadIndex } from './load-index.js';

/** The progress is saved this often, so that a killed run loses no more than that. */
const SAVE_MS = 5000;
const SAVE_BYTES = 256 << 20;

export interface InPartsPorts extends Pick<CheckOnePorts, 'directory' | 'found' | 'signal' | 'onBytes'> {
  parts: ArchiveParts;
  monotonicMs(): number;
  /** The bytes that may be read now. */
  maxBytes: number;
  /** Whether there is time to read more. */
  hasTime(): boolean;
}

export type PartChecked =
  | { kind: 'finished'; checked: CheckedOne }
  | { kind: 'stopped' }
  /** It cannot be read in parts. */
  | { kind: 'impossible'; reason: string };

type UsableIndex = Extract<LoadedIndex, { state: 'same' }>;

/**
 * Checks an archive that takes longer than one run, one part per run. The archive is not decoded: its SHA-256 and those
 * of its spans are compared with the index, which was built by decoding exactly these bytes, and the listing with the
 * members of the index. The state of the hash is saved and is used only for the same version of the archive.
 */
export async function checkInParts(archive: ArchiveRef, ports: InPartsPorts): Promise<PartChecked> {
  const subject = archive.store.urlOf(archive.key);
  const say: Say = (code, severity, message) => ports.found({ code, severity, subject, message });
  const info = await archive.store.head(archive.key, ports.signal);
  const { etag = null, sizeBytes, lastModifiedMs } = info;
  const identity = JSON.stringify({ etag, sizeBytes, lastModifiedMs });
  const part = await PartInProgress.open(ports.parts, { subject, archiveUrl: subject, identity, sizeBytes });
  const index = await loadIndex(archive, info, {
    from: part.offset,
    isDecoded: false,
    signal: ports.signal,
  });
  if ('problem' in index) {
    const { code, severity, message } = index.problem;
    if (severity === 'error') say(code, severity, message);
    return { kind: 'impossible', reason: message };
  }
  const problems = new Problems(index.audit.problems, say);
  const take = (bytes: Uint8Array): void => {
    index.audit.compressed(bytes);
    problems.report();
  };
  await readOn({ archive, info, part }, take, ports);
  if (!part.isFinished) return { kind: 'stopped' };
  return {
    kind: 'finished',
    checked: await conclude(archive, { index, sha256: part.hash.digest(), say }, ports),
  };
}

async function conclude(
  archive: ArchiveRef,
  { index, sha256, say }: { index: UsableIndex; sha256: string; say: Say },
  { directory, signal }: InPartsPorts,
): Promise<CheckedOne> {
  const { meta } = index.reader.footer;
  const isSame = sha256 === meta.sha256;
  if (!isSame) say('index.differs', 'error', 'the digest of the whole archive does not match');
  const listing = await checkListing(archive, indexedEntries(index.reader, directory), say, signal);
  return { members: meta.members, listing, index: isSame ? 'same' : 'differs' };
}

/** Reports mismatches of spans as soon as they are found, and not only when the archive is finished. */
class Problems {
  #reported = 0;
  readonly #found: readonly string[];
  readonly #say: Say;

  constructor(found: readonly string[], say: Say) {
    this.#found = found;
    this.#say = say;
  }

  report(): void {
    for (const what of this.#found.slice(this.#reported))
      this.#say('index.differs', 'error', `${what} does not match`);
    this.#reported = this.#found.length;
  }
}

/** Reads an archive on until the limits of the run are reached; whatever ends it, the progress is saved. */
async function readOn(
  { archive, info, part }: { archive: ArchiveRef; info: ObjectInfo; part: PartInProgress },
  take: (bytes: Uint8Array) => void,
  { signal, maxBytes, monotonicMs, onBytes, hasTime }: InPartsPorts,
): Promise<void> {
  const start = part.offset;
  const end = Math.min(info.sizeBytes, start + maxBytes);
  // Also before the first byte: the next run then knows that this archive has to be read in parts.
  await part.save();
  if (start === end) return;
  let saved = { offset: start, ms: monotonicMs() };
  try {
    const { body } = await archive.store.get(archive.key, {
      range: { start, end },
      ...(info.etag === undefined ? {} : { ifMatch: info.etag }),
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const bytes of body) {
      part.hash.update(bytes);
      part.offset += bytes.length;
      take(bytes);
      onBytes?.(bytes.length);
      if (!hasTime()) break;
      if (part.offset - saved.offset < SAVE_BYTES && monotonicMs() - saved.ms < SAVE_MS) continue;
      await part.save();
      saved = { offset: part.offset, ms: monotonicMs() };
    }
  } finally {
    await part.save();
  }
}
