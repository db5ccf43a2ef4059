import { createHash, type Hash } from 'node:crypto';
import { Damage, formatDamage } from './damage.js';
import { holePieces } from './holes.js';
import { type ArchiveNote, archiveNotes } from './notes.js';
import { type Decode, type PassResult, readArchiveOnce } from './read-archive.js';
import { hasContent, type TarMember } from './tar/member.js';
import { TarReader } from './tar/reader.js';

/** What proves an extracted content: its known digest, a checksum of the container, or nothing. */
export type VerifiedBy = 'sha256' | 'container-checksum' | 'none';

/** Receives the content of one wanted member. */
export interface ContentSink {
  /** Called before the first byte, after all calls for earlier members. */
  begin?(): Promise<void> | void;
  write(bytes: Uint8Array): Promise<void> | void;
  /**
   * All content was written, and this is its digest. Returns `checked` if the digest is the expected one: then no more
   * needs to be read for this member.
   */
  complete(sha256: string): Promise<'checked' | 'unchecked'> | 'checked' | 'unchecked';
  /** Called once with the proof, at the end of the gzip member, frame, block, or stream that contains it. */
  verified(by: VerifiedBy): Promise<void> | void;
  /** The content is incomplete: discard what was written. */
  abandon(): Promise<void> | void;
}

export interface ExtractOptions {
  decode: Decode;
  /** Returns a sink for each wanted member. Called only for regular files whose content can be read. */
  wants(member: TarMember): ContentSink | undefined;
  /** Called for every member, wanted or not. */
  onMember?(member: TarMember): void;
  /** Whether nothing more is wanted. The stream is closed early only if every content so far was `checked`. */
  enough?(): boolean;
  /** Maximum number of members. Default: 100 million. */
  maxMembers?: number;
  signal?: AbortSignal;
}

export interface ExtractResult {
  members: number;
  extracted: number;
  bytesRead: number;
  /** Whether the stream was closed before its end. */
  stoppedEarly: boolean;
  /** The damage that ended the pass. Contents that were complete before it were delivered. */
  damage?: Damage;
  /** Notes about an archive that was read completely. */
  notes: readonly ArchiveNote[];
}

interface Taken {
  sink: ContentSink;
  endAt: number;
  state: 'writing' | 'unchecked' | 'settled';
}

const DEFAULT_MAX_MEMBERS = 100_000_000;

/**
 * Extracts any number of members in one pass over an archive's bytes. A content is verified by its digest, or by the
 * checksum of the container part that contains it; the pass continues to that point. If the archive is damaged, every
 * content that is complete before the damage is delivered with the proof that exists for it, and the others are
 * abandoned.
 * @throws what the source or a sink throws, after abandoning every unsettled content
 */
export async function extractMembers(
  source: AsyncIterable<Uint8Array>,
  options: ExtractOptions,
): Promise<ExtractResult> {
  const pass = new ExtractPass(options);
  try {
    const result = await readArchiveOnce(source, pass, { decode: options.decode });
    const notes = await pass.finish(result);
    return { ...pass.counts, bytesRead: result.sizeBytes, stoppedEarly: result.stopped, notes };
  } catch (error) {
    if (!(error instanceof Damage)) {
      await pass.abandon();
      throw error;
    }
    await pass.rescue();
    return { ...pass.counts, bytesRead: 0, stoppedEarly: false, damage: error, notes: [] };
  }
}

class ExtractPass {
  readonly counts = { members: 0, extracted: 0 };
  readonly #reader: TarReader;
  #taken: Taken[] = [];
  #current: { taken: Taken; hash: Hash } | undefined;
  #queue: (() => Promise<void> | void)[] = [];
  readonly #options: ExtractOptions;

  constructor(options: ExtractOptions) {
    this.#options = options;
    this.#reader = new TarReader({
      member: (member) => this.#member(member),
      data: (bytes) => this.#data(bytes),
      hole: (count) => this.#hole(count),
      memberEnd: () => this.#memberEnd(),
    });
  }

  tar(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  verified(outputAt: number): void {
    this.#queue.push(() => this.#settle(outputAt));
  }

  async between(): Promise<boolean> {
    this.#options.signal?.throwIfAborted();
    await this.#workOff();
    const settled = this.#taken.every((taken) => taken.state === 'settled');
    if (settled) this.#taken = [];
    return !(settled && this.#current === undefined && this.#options.enough?.() === true);
  }

  async finish({ stopped, uncompressedBytes, trailing }: PassResult): Promise<readonly ArchiveNote[]> {
    if (stopped) return [];
    const end = this.#reader.end();
    await this.between();
    await this.#settleWhole();
    return archiveNotes(this.#reader.report, end, uncompressedBytes, trailing);
  }

  /** After damage: delivers complete contents, which only their own digest can prove. */
  async rescue(): Promise<void> {
    await this.#workOff();
    await this.#settleWhole();
    await this.abandon();
  }

  async #settleWhole(): Promise<void> {
    for (const taken of this.#taken) {
      if (taken.state !== 'unchecked') continue;
      taken.state = 'settled';
      await taken.sink.verified('none');
    }
  }

  async #workOff(): Promise<void> {
    const queue = this.#queue;
    this.#queue = [];
    for (const work of queue) await work();
  }

  /** Abandons all contents except those that were checked by their digest. */
  async abandon(): Promise<void> {
    await this.#workOff().catch(() => undefined);
    for (const taken of this.#unsettled()) {
      taken.state = 'settled';
      await taken.sink.abandon();
    }
  }

  #unsettled(): Taken[] {
    return this.#taken.filter((taken) => taken.state !== 'settled');
  }

  #member(member: TarMember): void {
    this.counts.members += 1;
    if (this.counts.members > (this.#options.maxMembers ?? DEFAULT_MAX_MEMBERS)) {
      throw formatDamage('limit', 'the archive has too many members');
    }
    this.#options.onMember?.(member);
    if (!hasContent(member)) return;
    const sink = this.#options.wants(member);
    if (sink === undefined) return;
    const taken: Taken = { sink, endAt: member.dataAt + member.storedBytes, state: 'writing' };
    this.#taken.push(taken);
    this.#queue.push(() => sink.begin?.());
    this.#current = { taken, hash: createHash('sha256') };
  }

  #data(bytes: Uint8Array): void {
    if (this.#current === undefined) return;
    const copy = bytes.slice();
    const { taken, hash } = this.#current;
    this.#queue.push(() => {
      hash.update(copy);
      return taken.sink.write(copy);
    });
  }

  /** Zeros are generated only when they are written, however large the hole is. */
  #hole(count: number): void {
    if (this.#current === undefined) return;
    const { taken } = this.#current;
    const { hash } = this.#current;
    this.#queue.push(async () => {
      for (const zeros of holePieces(count)) {
        this.#options.signal?.throwIfAborted();
        hash.update(zeros);
        await taken.sink.write(zeros);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  #memberEnd(): void {
    if (this.#current === undefined) return;
    const { taken, hash } = this.#current;
    this.#current = undefined;
    this.counts.extracted += 1;
    this.#queue.push(async () => {
      const checked = (await taken.sink.complete(hash.digest('hex'))) === 'checked';
      taken.state = checked ? 'settled' : 'unchecked';
      if (checked) await taken.sink.verified('sha256');
    });
  }

  async #settle(outputAt: number): Promise<void> {
    const provenTo = Math.min(outputAt, this.#reader.badHeaderAt);
    for (const taken of this.#taken) {
      if (taken.state !== 'unchecked' || taken.endAt > provenTo) continue;
      taken.state = 'settled';
      await taken.sink.verified('container-checksum');
    }
  }
}
