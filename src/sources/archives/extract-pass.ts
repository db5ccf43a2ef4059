import { Damage, formatDamage } from '../../archive/damage.js';
import { holePieces } from '../../archive/holes.js';
import { normaliseName } from '../../archive/names.js';
import { hasContent, type TarMember } from '../../archive/tar/member.js';
import { TarReader } from '../../archive/tar/reader.js';
import { Failure } from '../../core/failure.js';
import { addTo } from '../../core/groups.js';
import type { ContentSink, Extraction, VerifiedBy, Wanted } from '../../jobs/recovery/source-port.js';
import { failedExtraction } from '../hashing.js';
import type { TarBytes } from './tar-stream.js';

/** More members than this are no archive of files. */
const MAX_MEMBERS = 100_000_000;

/** One file that is to come out of this pass. */
interface Take {
  wanted: Wanted;
  /** The member that has the content, `./` taken off. */
  member: string;
  /** How many members of this name the listing has: the last is the one. */
  occurrence: number;
  seen: number;
  sink?: ContentSink;
  /** Where its content ends in the uncompressed tar. */
  endAt: number;
  /** Waits for its container's end. */
  unproven?: { sha256: string; sizeBytes: number };
  done: boolean;
}

type Work = () => Promise<void>;

/**
 * Takes all wanted members out of an archive in one pass. A content is handed over as soon as its digest is the one
 * that was expected; the others when the stream has ended well and its checksums were compared. The pass ends early
 * only when every wanted content was proven by its digest. Of a damaged archive, what is whole before the fault is
 * handed over with what is known for it.
 */
export class ExtractPass {
  private readonly takes: Take[];
  private readonly byMember = new Map<string, Take[]>();
  private readonly reader: TarReader;
  private writing: Take[] = [];
  private work: Work[] = [];
  private members = 0;
  private broken: { error: unknown } | undefined;
  private signal: AbortSignal | undefined;

  constructor(
    wanted: readonly Wanted[],
    private readonly open: (wanted: Wanted) => ContentSink,
    private readonly onOutcome: (outcome: Extraction) => void | Promise<void>,
  ) {
    this.takes = wanted.map(takeOf);
    for (const take of this.takes) addTo(this.byMember, take.member, take);
    this.reader = new TarReader({
      member: (member) => this.member(member),
      data: (bytes) => this.data(bytes),
      hole: (count) => this.hole(count),
      memberEnd: () => this.memberEnd(),
    });
  }

  /** Reads to the proof of the last wanted content. Trouble with the archive is the outcome of what it kept back. */
  async run(tar: TarBytes, signal?: AbortSignal): Promise<void> {
    this.signal = signal;
    try {
      const stopped = await this.read(tar, signal);
      if (!stopped) await this.finish(tar.checksummed() ? 'container-checksum' : 'none');
    } catch (error) {
      if (this.broken !== undefined) throw this.broken.error;
      if (error instanceof Damage) await this.rescue(tar, error);
      for (const take of this.takes) {
        if (!take.done) await this.fail(take, error);
      }
      signal?.throwIfAborted();
    }
  }

  private async read(tar: TarBytes, signal?: AbortSignal): Promise<boolean> {
    for await (const bytes of tar.output) {
      signal?.throwIfAborted();
      this.reader.push(bytes);
      await this.settle();
      if (this.takes.every((take) => take.done)) return true;
    }
    this.reader.end();
    await this.settle();
    return false;
  }

  private async rescue(tar: TarBytes, { kind, message }: Damage): Promise<void> {
    await this.settle();
    const provenTo = tar.checksummedTo(this.reader.offset);
    const damage = { code: `archive.${kind}`, message };
    for (const take of this.takes) {
      if (take.done || take.unproven === undefined) continue;
      if (take.endAt <= provenTo) await this.succeed(take, take.unproven, 'container-checksum');
      else await this.succeed(take, { ...take.unproven, damage }, 'none');
    }
  }

  private async settle(): Promise<void> {
    const work = this.work;
    this.work = [];
    for (const one of work) await one();
  }

  private async finish(verifiedBy: VerifiedBy): Promise<void> {
    for (const take of this.takes) {
      if (take.done) continue;
      if (take.seen > take.occurrence)
        await this.fail(take, mismatch('the archive has more members of this name than its listing'));
      else if (take.unproven === undefined)
        await this.fail(take, mismatch('the archive has no such member, though its listing does'));
      else await this.succeed(take, take.unproven, verifiedBy);
    }
  }

  private member(member: TarMember): void {
    this.members += 1;
    if (this.members > MAX_MEMBERS) throw formatDamage('limit', 'the archive has too many members');
    const takes = this.byMember.get(normaliseName(member.name)) ?? [];
    for (const take of takes) this.begin(take, member);
  }

  private begin(take: Take, member: TarMember): void {
    take.seen += 1;
    if (take.done || take.seen !== take.occurrence) return;
    const wrong = whyNot(take.wanted, member);
    if (wrong === undefined) {
      take.endAt = member.dataAt + member.storedBytes;
      take.sink = this.open(take.wanted);
      this.writing.push(take);
    } else this.work.push(() => this.fail(take, wrong));
  }

  private data(bytes: Uint8Array): void {
    if (this.writing.length === 0) return;
    const copy = bytes.slice();
    for (const take of this.writing) this.work.push(() => this.guarded(take, () => take.sink?.write(copy)));
  }

  private hole(count: number): void {
    for (const take of this.writing) {
      this.work.push(async () => {
        for (const zeros of holePieces(count)) {
          this.signal?.throwIfAborted();
          await this.guarded(take, () => take.sink?.write(zeros));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    }
  }

  private memberEnd(): void {
    for (const take of this.writing) this.work.push(() => this.guarded(take, () => this.ended(take)));
    this.writing = [];
  }

  private async ended(take: Take): Promise<void> {
    const content = await take.sink?.end();
    if (content === undefined) return;
    const { sha256 } = take.wanted;
    if (sha256 === undefined) take.unproven = content;
    else if (sha256 === content.sha256) await this.succeed(take, content, 'sha256');
    else
      await this.fail(take, new Failure('candidate.changed', 'its SHA-256 is not the one that was expected'));
  }

  /** One file that can't be written must not take the others with it. */
  private async guarded(take: Take, work: () => void | Promise<void>): Promise<void> {
    if (take.done) return;
    try {
      await work();
    } catch (error) {
      if (this.broken !== undefined) throw this.broken.error;
      await this.fail(take, error);
    }
  }

  /** What whoever takes the outcomes throws is not about the archive: it ends the pass. */
  private async tell(outcome: Extraction): Promise<void> {
    try {
      await this.onOutcome(outcome);
    } catch (error) {
      this.broken = { error };
      throw error;
    }
  }

  private async succeed(
    take: Take,
    content: Pick<Extract<Extraction, { ok: true }>, 'sha256' | 'sizeBytes' | 'damage'>,
    verifiedBy: VerifiedBy,
  ): Promise<void> {
    take.done = true;
    await this.tell({ id: take.wanted.id, ok: true, ...content, verifiedBy });
  }

  private async fail(take: Take, error: unknown): Promise<void> {
    if (take.done) return;
    take.done = true;
    await take.sink?.abort().catch(() => undefined);
    await this.tell(failedExtraction(take.wanted.id, error));
  }
}

function takeOf(wanted: Wanted): Take {
  const { member, target, occurrences } = wanted.hit.locator;
  const isLink = target !== undefined && target !== '';
  return {
    wanted,
    member: normaliseName(String(isLink ? target : (member ?? wanted.hit.member))),
    occurrence: isLink ? 1 : Number(occurrences ?? 1),
    seen: 0,
    endAt: 0,
    done: false,
  };
}

/** Why a member is not what the listing said it is. */
function whyNot(wanted: Wanted, member: TarMember): Error | undefined {
  if (member.kind === 'file' && !hasContent(member))
    return new Failure('member.sparse', 'it is a sparse member whose map contradicts itself');
  if (!hasContent(member)) return mismatch(`it is a ${member.kind} in the archive, not a file`);
  const stated = wanted.hit.sizeBytes;
  if (stated === undefined || stated === member.sizeBytes) return undefined;
  return mismatch(`the listing says ${stated} bytes, the archive ${member.sizeBytes}`);
}

function mismatch(message: string): Failure {
  return new Failure('listing.differs', message);
}
