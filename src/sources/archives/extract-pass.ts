import { Damage, formatDamage } from '../../archive/damage.js';
import { HoleBudget, holePieces } from '../../archive/holes.js';
import { normaliseName } from '../../archive/names.js';
import type { TarMember } from '../../archive/tar/member.js';
import { TarReader } from '../../archive/tar/reader.js';
import { Failure } from '../../core/failure.js';
import { addTo } from '../../core/groups.js';
import type { ContentSink, Extraction, VerifiedBy, Wanted } from '../../jobs/recovery/source-port.js';
import { failedExtraction } from '../hashing.js';
import { type Sought, Take } from './take.js';
import type { TarBytes } from './tar-stream.js';

/** No real archive has more members than this. */
const MAX_MEMBERS = 100_000_000;

type Work = () => Promise<void>;

/**
 * Extracts all wanted members from an archive in one pass. Of several members with one name the last counts, whatever
 * its type, as when tar extracts them. A content is delivered as soon as it matches the expected digest; the others
 * after the stream has ended and its checksums were compared. The pass ends early only if every wanted content was
 * proven by its digest. From a damaged archive, contents that are complete before the damage are delivered with the
 * evidence that exists for them.
 */
export class ExtractPass {
  readonly #takes: Take[];
  readonly #byMember = new Map<string, Take[]>();
  readonly #byTarget = new Map<string, Take[]>();
  readonly #reader: TarReader;
  #writing: Take[] = [];
  #work: Work[] = [];
  #members = 0;
  #broken: { error: unknown } | undefined;
  #signal: AbortSignal | undefined;
  /** Hard links that need another pass because their content came before the link. */
  readonly links: Sought[] = [];

  readonly #open: (wanted: Wanted) => ContentSink;
  readonly #onOutcome: (outcome: Extraction) => void | Promise<void>;

  constructor(
    all: readonly Sought[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
  ) {
    this.#open = open;
    this.#onOutcome = onOutcome;

    const holes = new HoleBudget();
    this.#takes = all.map((one) => new Take(one, holes));
    for (const take of this.#takes) {
      for (const name of take.sought.names) addTo(this.#byMember, name, take);
      if (take.sought.target !== undefined) addTo(this.#byTarget, take.sought.target, take);
    }
    this.#reader = new TarReader({
      member: (member) => this.#member(member),
      data: (bytes) => this.#data(bytes),
      hole: (count) => this.#hole(count),
      memberEnd: () => this.#memberEnd(),
    });
  }

  /**
   * Reads until the last wanted content is proven. If the archive fails, the remaining contents get that failure as
   * their outcome.
   */
  async run(tar: TarBytes, signal?: AbortSignal): Promise<void> {
    this.#signal = signal;
    try {
      const stopped = await this.#read(tar, signal);
      if (!stopped) await this.#finish(tar.checksummed() ? 'container-checksum' : 'none');
    } catch (error) {
      if (this.#broken !== undefined) throw this.#broken.error;
      if (error instanceof Damage) await this.#rescue(tar, error);
      for (const take of this.#takes) {
        if (!take.done) await this.#fail(take, error);
      }
      signal?.throwIfAborted();
    }
  }

  async #read(tar: TarBytes, signal?: AbortSignal): Promise<boolean> {
    for await (const bytes of tar.output) {
      signal?.throwIfAborted();
      this.#reader.push(bytes);
      await this.#settle();
      if (this.#takes.every((take) => take.done)) return true;
    }
    this.#reader.end();
    await this.#settle();
    return false;
  }

  async #rescue(tar: TarBytes, { kind, message }: Damage): Promise<void> {
    await this.#settle();
    const provenTo = Math.min(tar.checksummedTo(this.#reader.offset), this.#reader.badHeaderAt);
    const damage = { code: `archive.${kind}`, message };
    for (const take of this.#takes) {
      if (take.done || this.#isLink(take) || take.content === undefined) continue;
      if (take.endAt <= provenTo) await this.#conclude(take, 'container-checksum');
      else await this.#conclude(take, 'none', { damage });
    }
  }

  async #settle(): Promise<void> {
    const work = this.#work;
    this.#work = [];
    for (const one of work) await one();
  }

  async #finish(verifiedBy: VerifiedBy): Promise<void> {
    for (const take of this.#takes) {
      if (!take.done && !this.#isLink(take)) await this.#conclude(take, verifiedBy);
    }
  }

  /** Whether this is a link whose content has already passed. If so, this pass is done with it. */
  #isLink(take: Take): boolean {
    const link = take.unresolved();
    if (link === undefined) return false;
    take.done = true;
    this.links.push(link);
    return true;
  }

  async #conclude(
    take: Take,
    verifiedBy: VerifiedBy,
    more: Pick<Extract<Extraction, { ok: true }>, 'damage'> = {},
  ): Promise<void> {
    const result = take.result();
    if (result instanceof Failure) await this.#fail(take, result);
    else await this.#succeed(take, { ...result, ...more }, verifiedBy);
  }

  #member(member: TarMember): void {
    this.#members += 1;
    if (this.#members > MAX_MEMBERS) throw formatDamage('limit', 'the archive has too many members');
    const name = normaliseName(member.name);
    for (const take of this.#byTarget.get(name) ?? []) this.#react(take, member, take.targetComes(member));
    for (const take of this.#byMember.get(name) ?? []) this.#react(take, member, take.memberComes(member));
  }

  #react(take: Take, member: TarMember, what: 'write' | 'drop' | 'keep'): void {
    if (what === 'keep') return;
    this.#work.push(() => this.#guarded(take, () => this.#drop(take)));
    if (what === 'drop') return;
    take.endAt = member.dataAt + member.storedBytes;
    this.#work.push(() =>
      this.#guarded(take, () => {
        take.sink = this.#open(take.sought.wanted);
      }),
    );
    if (!this.#writing.includes(take)) this.#writing.push(take);
  }

  async #drop(take: Take): Promise<void> {
    const { sink } = take;
    take.sink = undefined;
    await sink?.abort();
  }

  #data(bytes: Uint8Array): void {
    if (this.#writing.length === 0) return;
    const copy = bytes.slice();
    for (const take of this.#writing)
      this.#work.push(() => this.#guarded(take, () => take.sink?.write(copy)));
  }

  #hole(count: number): void {
    for (const take of this.#writing) {
      this.#work.push(async () => {
        for (const zeros of holePieces(count)) {
          this.#signal?.throwIfAborted();
          await this.#guarded(take, () => take.sink?.write(zeros));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    }
  }

  #memberEnd(): void {
    for (const take of this.#writing) {
      const keep = take.contentComes();
      this.#work.push(() => this.#guarded(take, () => this.#ended(take, keep)));
    }
    this.#writing = [];
  }

  async #ended(take: Take, keep: (content: { sha256: string; sizeBytes: number }) => void): Promise<void> {
    const content = await take.sink?.end();
    if (content === undefined) return;
    keep(content);
    if (take.sought.wanted.sha256 === content.sha256) await this.#succeed(take, content, 'sha256');
  }

  /** A file that cannot be written must not affect the others. */
  async #guarded(take: Take, work: () => void | Promise<void>): Promise<void> {
    if (take.done) return;
    try {
      await work();
    } catch (error) {
      if (this.#broken !== undefined) throw this.#broken.error;
      await this.#fail(take, error);
    }
  }

  /** Errors of the callback are not about the archive: they end the pass. */
  async #tell(outcome: Extraction): Promise<void> {
    try {
      await this.#onOutcome(outcome);
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
  }

  async #succeed(
    take: Take,
    content: Pick<Extract<Extraction, { ok: true }>, 'sha256' | 'sizeBytes' | 'damage'>,
    verifiedBy: VerifiedBy,
  ): Promise<void> {
    take.done = true;
    await this.#tell({ id: take.sought.wanted.id, ok: true, ...content, verifiedBy });
  }

  async #fail(take: Take, error: unknown): Promise<void> {
    if (take.done) return;
    take.done = true;
    await take.sink?.abort().catch(() => undefined);
    await this.#tell(failedExtraction(take.sought.wanted.id, error));
  }
}
