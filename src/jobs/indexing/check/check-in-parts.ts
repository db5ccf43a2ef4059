import { ResumableSha256 } from '../../../core/resumable-sha256.js';
import type { ObjectInfo } from '../../../objectstore/port.js';
import type { ArchivePart, ArchiveParts } from '../../../registry/archive-parts-port.js';
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
  const reading = await Reading.begin(subject, info, ports);
  const index = await loadIndex(archive, info, {
    from: reading.offset,
    isDecoded: false,
    signal: ports.signal,
  });
  if ('problem' in index) {
    const { code, severity, message } = index.problem;
    if (severity === 'error') say(code, severity, message);
    return { kind: 'impossible', reason: message };
  }
  const problems = new Problems(index.audit.problems, say);
  await reading.readOn(archive, (bytes) => {
    index.audit.compressed(bytes);
    problems.report();
  });
  if (!reading.isFinished) return { kind: 'stopped' };
  return { kind: 'finished', checked: await conclude(archive, { index, reading, say }, ports) };
}

async function conclude(
  archive: ArchiveRef,
  { index, reading, say }: { index: UsableIndex; reading: Reading; say: Say },
  { directory, signal }: InPartsPorts,
): Promise<CheckedOne> {
  const { meta } = index.reader.footer;
  const isSame = reading.digest() === meta.sha256;
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

/** One archive from the end of its last part. */
class Reading {
  offset: number;
  readonly #hash: ResumableSha256;
  readonly #part: Omit<ArchivePart, 'offsetBytes' | 'state' | 'advancedBytes'>;
  readonly #info: ObjectInfo;
  readonly #ports: InPartsPorts;

  private constructor(
    part: Omit<ArchivePart, 'offsetBytes' | 'state' | 'advancedBytes'>,
    from: { offset: number; hash: ResumableSha256 },
    info: ObjectInfo,
    ports: InPartsPorts,
  ) {
    this.offset = from.offset;
    this.#hash = from.hash;
    this.#part = part;
    this.#info = info;
    this.#ports = ports;
  }

  static async begin(subject: string, info: ObjectInfo, ports: InPartsPorts): Promise<Reading> {
    const { etag = null, sizeBytes, lastModifiedMs } = info;
    const identity = JSON.stringify({ etag, sizeBytes, lastModifiedMs });
    const kept = await ports.parts.get(subject);
    const hash = kept?.identity === identity ? await ResumableSha256.load(kept.state) : undefined;
    const from =
      kept === undefined || hash === undefined
        ? { offset: 0, hash: await ResumableSha256.create() }
        : { offset: kept.offsetBytes, hash };
    const part = { subject, archiveUrl: subject, identity, sizeBytes };
    return new Reading(part, from, info, ports);
  }

  get isFinished(): boolean {
    return this.offset === this.#info.sizeBytes;
  }

  digest(): string {
    return this.#hash.digest();
  }

  /** Reads until the limits of the run are reached; whatever ends it, the progress is saved. */
  async readOn({ store, key }: ArchiveRef, take: (bytes: Uint8Array) => void): Promise<void> {
    const { signal, maxBytes, monotonicMs } = this.#ports;
    const start = this.offset;
    const end = Math.min(this.#info.sizeBytes, start + maxBytes);
    const save = (): Promise<void> => this.#save(this.offset - start);
    // Also before the first byte: the next run then knows that this archive has to be read in parts.
    await save();
    if (start === end) return;
    let saved = { offset: start, ms: monotonicMs() };
    try {
      const { body } = await store.get(key, {
        range: { start, end },
        ...(this.#info.etag === undefined ? {} : { ifMatch: this.#info.etag }),
        ...(signal === undefined ? {} : { signal }),
      });
      for await (const bytes of body) {
        this.#hash.update(bytes);
        this.offset += bytes.length;
        take(bytes);
        this.#ports.onBytes?.(bytes.length);
        if (!this.#ports.hasTime()) break;
        if (this.offset - saved.offset < SAVE_BYTES && monotonicMs() - saved.ms < SAVE_MS) continue;
        await save();
        saved = { offset: this.offset, ms: monotonicMs() };
      }
    } finally {
      await save();
    }
  }

  #save(advancedBytes: number): Promise<void> {
    return this.#ports.parts.save({
      ...this.#part,
      offsetBytes: this.offset,
      state: this.#hash.save(),
      advancedBytes,
    });
  }
}
