import { createHash, type Hash } from 'node:crypto';
import { formatDamage } from './damage.js';
import { type Decode, passArchive } from './read-archive.js';
import { isPlainFile, type TarMember } from './tar/member.js';
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
  /** The archive turned out damaged before the content was verified: nothing written may be used. */
  abandon(): Promise<void> | void;
}

export interface ExtractOptions {
  decode: Decode;
  /** Answers a sink for every member that is wanted. Only called for regular files that are not sparse. */
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
}

interface Taken {
  sink: ContentSink;
  endAt: number;
  state: 'writing' | 'unchecked' | 'settled';
}

const DEFAULT_MAX_MEMBERS = 100_000_000;

/**
 * Extracts any number of members in one pass over an archive's bytes. A content is called verified by its digest,
 * or when the checksum of the container part that holds it was compared; the pass goes on to that point.
 * @throws Damage, after every content that is not settled was abandoned.
 */
export async function extractMembers(
  source: AsyncIterable<Uint8Array>,
  options: ExtractOptions,
): Promise<ExtractResult> {
  const pass = new ExtractPass(options);
  try {
    const result = await passArchive(source, pass, { decode: options.decode });
    await pass.finish(result.stopped);
    return { ...pass.counts, bytesRead: result.sizeBytes, stoppedEarly: result.stopped };
  } catch (error) {
    await pass.abandon();
    throw error;
  }
}

class ExtractPass {
  readonly counts = { members: 0, extracted: 0 };
  private readonly reader: TarReader;
  private taken: Taken[] = [];
  private current: { taken: Taken; hash: Hash } | undefined;
  private queue: (() => Promise<void> | void)[] = [];

  constructor(private readonly options: ExtractOptions) {
    this.reader = new TarReader({
      member: (member) => this.member(member),
      data: (bytes) => this.data(bytes),
      memberEnd: () => this.memberEnd(),
    });
  }

  tar(bytes: Uint8Array): void {
    this.reader.push(bytes);
  }

  verified(outputAt: number): void {
    this.queue.push(() => this.settle(outputAt));
  }

  async between(): Promise<boolean> {
    this.options.signal?.throwIfAborted();
    await this.workOff();
    const settled = this.taken.every((taken) => taken.state === 'settled');
    if (settled) this.taken = [];
    return !(settled && this.current === undefined && this.options.enough?.() === true);
  }

  async finish(stopped: boolean): Promise<void> {
    if (stopped) return;
    if (this.reader.end() === 'missing') {
      throw formatDamage('truncated', 'the tar has no end: it was cut between two members');
    }
    await this.between();
    for (const taken of this.unsettled()) {
      taken.state = 'settled';
      await taken.sink.verified('none');
    }
  }

  private async workOff(): Promise<void> {
    const { queue } = this;
    this.queue = [];
    for (const work of queue) await work();
  }

  /** What was complete before the damage may have been checked by its digest, and is as good as ever. */
  async abandon(): Promise<void> {
    await this.workOff().catch(() => undefined);
    for (const taken of this.unsettled()) {
      taken.state = 'settled';
      await taken.sink.abandon();
    }
  }

  private unsettled(): Taken[] {
    return this.taken.filter((taken) => taken.state !== 'settled');
  }

  private member(member: TarMember): void {
    this.counts.members += 1;
    if (this.counts.members > (this.options.maxMembers ?? DEFAULT_MAX_MEMBERS)) {
      throw formatDamage('limit', 'the archive has too many members');
    }
    this.options.onMember?.(member);
    if (!isPlainFile(member)) return;
    const sink = this.options.wants(member);
    if (sink === undefined) return;
    const taken: Taken = { sink, endAt: member.dataAt + member.storedBytes, state: 'writing' };
    this.taken.push(taken);
    this.queue.push(() => sink.begin?.());
    this.current = { taken, hash: createHash('sha256') };
  }

  private data(bytes: Uint8Array): void {
    if (this.current === undefined) return;
    const copy = bytes.slice();
    const { taken, hash } = this.current;
    hash.update(copy);
    this.queue.push(() => taken.sink.write(copy));
  }

  private memberEnd(): void {
    if (this.current === undefined) return;
    const { taken, hash } = this.current;
    this.current = undefined;
    this.counts.extracted += 1;
    const digest = hash.digest('hex');
    this.queue.push(async () => {
      const checked = (await taken.sink.complete(digest)) === 'checked';
      taken.state = checked ? 'settled' : 'unchecked';
      if (checked) await taken.sink.verified('sha256');
    });
  }

  private async settle(outputAt: number): Promise<void> {
    for (const taken of this.taken) {
      if (taken.state !== 'unchecked' || taken.endAt > outputAt) continue;
      taken.state = 'settled';
      await taken.sink.verified('container-checksum');
    }
  }
}
