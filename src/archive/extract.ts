import { createHash, type Hash } from 'node:crypto';
import { Damage, formatDamage } from './damage.js';
import { holePieces } from './holes.js';
import { type ArchiveNote, archiveNotes } from './notes.js';
import { type Decode, type PassResult, readArchiveOnce } from './read-archive.js';
import { hasContent, type TarMember } from './tar/member.js';
import { TarReader } from './tar/reader.js';

/** What speaks for an extracted content: its own known digest, a checksum of the container, or nothing. */
export type VerifiedBy = 'sha256' | 'container-checksum' | 'none';

/** Takes the content of one wanted member. */
export interface ContentSink {
  /** Before the first byte, and after everything of the members before. */
  begin?(): Promise<void> | void;
  write(bytes: Uint8Array): Promise<void> | void;
  /**
   * All content was written, and this is its digest. Answers `checked` when the digest is the one that was
   * expected: then nothing more need be read for this member's sake.
   */
  complete(sha256: string): Promise<'checked' | 'unchecked'> | 'checked' | 'unchecked';
  /** What speaks for it: said once, at the end of the gzip member, frame, block or stream that holds it. */
  verified(by: VerifiedBy): Promise<void> | void;
  /** The content is not whole: nothing written may be used. */
  abandon(): Promise<void> | void;
}

export interface ExtractOptions {
  decode: Decode;
  /** Answers a sink for every member that is wanted. Only called for regular files whose content can be had. */
  wants(member: TarMember): ContentSink | undefined;
  /** Sees every member, wanted or not. */
  onMember?(member: TarMember): void;
  /** Whether nothing more is wanted. The stream is closed early only when every content so far was `checked`. */
  enough?(): boolean;
  /** More members than this are not from an archive of files; default 100 million. */
  maxMembers?: number;
  signal?: AbortSignal;
}

export interface ExtractResult {
  members: number;
  extracted: number;
  bytesRead: number;
  /** The stream was closed before its end. */
  stoppedEarly: boolean;
  /** Where the archive is damaged, nothing more of it was read: what was whole before was given all the same. */
  damage?: Damage;
  /** What else is to be said of an archive that was read to its end. */
  notes: readonly ArchiveNote[];
}

interface Taken {
  sink: ContentSink;
  endAt: number;
  state: 'writing' | 'unchecked' | 'settled';
}

const DEFAULT_MAX_MEMBERS = 100_000_000;

/**
 * Extracts any number of members in one pass over an archive's bytes. A content is called verified by its digest,
 * or when the checksum of the container part that holds it was compared; the pass goes on to that point. Where the
 * archive is damaged, every content that is whole before the fault is given, with what is known for it, and the
 * others are abandoned.
 * @throws what the source or a sink throws, after every content that is not settled was abandoned.
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

  /** After damage: what is whole is given, and nothing proves it but its own digest. */
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

  /** What was complete may have been checked by its digest, and is as good as ever. */
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

  /** However large it is, its zeros are made when they are written. */
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
    for (const taken of this.#taken) {
      if (taken.state !== 'unchecked' || taken.endAt > outputAt) continue;
      taken.state = 'settled';
      await taken.sink.verified('container-checksum');
    }
  }
}
