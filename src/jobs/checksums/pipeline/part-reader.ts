import { hostname } from 'node:os';
import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import type {
  FileIdentity,
  Files,
  FoundFile,
  HashStates,
  PartRequest,
  ReadResult,
} from '../../../files/port.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PartialRead, PartialReads } from '../../../registry/partial-reads-port.js';

/** A part takes about this long to read, so that a killed run loses no more than that. */
const PART_SECONDS = 5;
const PART_BYTES = { least: 16 << 10, most: 256 << 20 };

export interface PartOptions {
  runId: string;
  /** Called again for each part, because a worker's share of the rate changes. */
  readonly bytesPerSecond?: number | undefined;
}

/** What is stored between runs: the states of the hashes, or the finished digests. */
type Kept =
  | { states: HashStates }
  | { done: { sha256: string; digests: Partial<Record<DigestAlgorithm, string>> } };

/**
 * Reads files that take longer than one run, one part at a time. The progress is stored after each part and is reused
 * only for exactly the same file: if its identity, size or time differs, the file is read from the start.
 */
export class PartReader {
  readonly #files: Files;
  readonly #kept: PartialReads;
  readonly #options: PartOptions;
  /** The bytes that may still be read in parts. */
  #left: number;

  constructor(files: Files, kept: PartialReads, options: PartOptions, maxBytes = Number.POSITIVE_INFINITY) {
    this.#files = files;
    this.#kept = kept;
    this.#options = options;
    this.#left = maxBytes;
  }

  limitTo(bytes: number): void {
    this.#left = bytes;
  }

  get isExhausted(): boolean {
    return this.#left <= 0;
  }

  /** The offset up to which earlier runs read the file. */
  async progress(file: FoundFile): Promise<number> {
    const kept = await this.#kept.get(keyOf(file, 'first'));
    return kept !== undefined && isOf(kept, file.identity) ? kept.offsetBytes : 0;
  }

  /** The complete result if this run reached the end of the file; `stopped` if the rest is left to the next run. */
  async read(
    row: Pick<ArtifactRow, 'id' | 'type'>,
    file: FoundFile,
    { round, algorithms }: { round: string; algorithms: readonly DigestAlgorithm[] },
  ): Promise<ReadResult> {
    const key = keyOf(file, round);
    let from = await this.#resume(key, file, algorithms);
    if (from !== undefined && 'sha256' in from) return { kind: 'hashed', ...from, identity: file.identity };
    const startedAt = from?.offset ?? 0;
    for (;;) {
      if (this.isExhausted) return { kind: 'stopped' };
      const maxBytes = Math.min(this.#partBytes(), this.#left);
      const request: PartRequest = { maxBytes, ...(from ? { from } : {}) };
      const result: ReadResult = await this.#files.hash(file, algorithms, request);
      const offset: number =
        result.kind === 'partial' ? result.offset : result.kind === 'hashed' ? file.identity.sizeBytes : -1;
      if (offset < 0) return result;
      this.#left -= offset - (from?.offset ?? 0);
      const advancedBytes = offset - startedAt;
      if (result.kind === 'hashed') {
        const { sha256, digests = {} } = result;
        await this.#save(row, file, { key, offset, advancedBytes, kept: { done: { sha256, digests } } });
        return result;
      }
      if (result.kind !== 'partial') return result;
      const isStopped = offset - (from?.offset ?? 0) < maxBytes;
      from = { offset, states: result.states };
      await this.#save(row, file, { key, offset, advancedBytes, kept: { states: result.states } });
      if (isStopped) return { kind: 'stopped' };
    }
  }

  #partBytes(): number {
    const { bytesPerSecond } = this.#options;
    if (bytesPerSecond === undefined) return PART_BYTES.most;
    return Math.ceil(Math.min(PART_BYTES.most, Math.max(PART_BYTES.least, bytesPerSecond * PART_SECONDS)));
  }

  async #resume(
    key: string,
    file: FoundFile,
    algorithms: readonly DigestAlgorithm[],
  ): Promise<
    | { offset: number; states: HashStates }
    | { sha256: string; digests: Partial<Record<DigestAlgorithm, string>> }
    | undefined
  > {
    const kept = await this.#kept.get(key);
    if (kept === undefined || !isOf(kept, file.identity)) return undefined;
    const { states, done } = JSON.parse(kept.states) as {
      states?: HashStates;
      done?: Extract<Kept, { done: unknown }>['done'];
    };
    if (done !== undefined)
      return algorithms.every((name) => done.digests[name] !== undefined) ? done : undefined;
    const hasAll = states?.sha256 !== undefined && algorithms.every((name) => states[name] !== undefined);
    return states !== undefined && hasAll ? { offset: kept.offsetBytes, states } : undefined;
  }

  #save(
    { id, type }: Pick<ArtifactRow, 'id' | 'type'>,
    { identity }: FoundFile,
    part: { key: string; offset: number; advancedBytes: number; kept: Kept },
  ): Promise<void> {
    return this.#kept.save({
      path: part.key,
      artifactId: id,
      artifactType: type,
      ...identityText(identity),
      offsetBytes: part.offset,
      states: JSON.stringify(part.kept),
      runId: this.#options.runId,
      host: hostname(),
      advancedBytes: part.advancedBytes,
    });
  }
}

/** The saved progress of a file. It is deleted in the transaction that records the row's result. */
export function partKeys(file: FoundFile): string[] {
  return ['first', 'second'].map((round) => keyOf(file, round));
}

function keyOf(file: FoundFile, round: string): string {
  return round === 'first' ? file.askedPath : `${file.askedPath}\n${round}`;
}

function identityText({ dev, ino, sizeBytes, mtimeNs, ctimeNs }: FileIdentity) {
  return {
    dev: String(dev),
    ino: String(ino),
    sizeBytes,
    mtimeNs: String(mtimeNs),
    ctimeNs: String(ctimeNs),
  };
}

/** Hosts number the device of a shared file system differently, so the device is not compared. */
function isOf(kept: PartialRead, identity: FileIdentity): boolean {
  const now = identityText(identity);
  const isSameDevice = kept.dev === now.dev || kept.host !== hostname();
  return (
    isSameDevice &&
    (['ino', 'sizeBytes', 'mtimeNs', 'ctimeNs'] as const).every((field) => kept[field] === now[field])
  );
}
