import { Damage } from '../../archive/damage.js';
import { HoleBudget, holePieces } from '../../archive/holes.js';
import { normaliseName } from '../../archive/names.js';
import { type ArchiveNote, archiveNotes } from '../../archive/notes.js';
import type { Decode } from '../../archive/read-archive.js';
import { hasContent, type TarMember } from '../../archive/tar/member.js';
import { TarReader } from '../../archive/tar/reader.js';
import { utcMinute } from '../../archive/tar/time.js';
import type {
  ContentSink,
  Examiner,
  Hit,
  Query,
  ScannedArchive,
  VerifiedBy,
} from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';
import type { ArchiveSearch } from './archive-search.js';
import { type HitContext, isAsked, isPlausible, tarHitOf } from './member-hits.js';
import { replayScan, scanIdentity } from './replay-scan.js';
import { openTar, type TarBytes } from './tar-stream.js';

/** At most this many members are remembered per archive; a longer list would take too much memory. */
const MAX_LISTED = 200_000;

/** A wanted member in the stream. */
interface Passing {
  hit: Hit;
  examiner: Examiner;
  sink: ContentSink | undefined;
  content?: { sha256: string; sizeBytes: number };
  /** Whether its content is complete. */
  whole: boolean;
}

/**
 * Reads an archive without a listing once: searches its members and keeps the wanted contents, so that the archive need
 * not be fetched again.
 */
export async function scanArchive(
  { store, decode }: { store: StoreReader; decode: Decode },
  context: HitContext,
  { query, tally, onHit, signal }: ArchiveSearch,
): Promise<void> {
  const { info } = context.archive;
  const identity = scanIdentity(context);
  if (await replayScan(identity, context, { query, tally, onHit })) return;
  const { body } = await store.get(info.key, {
    ...(info.etag === undefined ? {} : { ifMatch: info.etag }),
    ...(signal === undefined ? {} : { signal }),
  });
  const tar = await openTar(body, decode);
  const scan = new Scan(context, query, signal);
  try {
    for await (const bytes of tar.output) {
      signal?.throwIfAborted();
      await scan.push(bytes);
    }
    const notes = await scan.end(tar);
    tally.notes(context.url, notes);
    // Do not remember an archive with notes, so that the next read reports them again.
    if (notes.length > 0) scan.isPlain = false;
  } catch (error) {
    tally.scanned(scan.members, tar.bytesRead());
    if (error instanceof Damage) await scan.rescue(onHit);
    else await scan.abort();
    throw error;
  }
  tally.scanned(scan.members, tar.bytesRead());
  tally.replaced(context.url, scan.replaced);
  scan.report(onHit, tar.checksummed() ? 'container-checksum' : 'none');
  if (identity !== undefined && scan.isPlain)
    await query.memory?.rememberScan(identity, { members: scan.listed });
}

class Scan {
  members = 0;
  /** All members, for the next plan, unless there are too many. */
  readonly listed: ScannedArchive['members'][number][] = [];
  isPlain = true;
  /** Wanted names for which a later member with the same name is not a file, and its type. */
  readonly replaced = new Map<string, string>();
  readonly #seen = new Set<string>();
  readonly #found = new Map<string, Passing>();
  readonly #reader: TarReader;
  readonly #holes = new HoleBudget();
  #current: Passing | undefined;
  #work: (() => void | Promise<void>)[] = [];

  readonly #context: HitContext;
  readonly #query: Query;
  readonly #signal: AbortSignal | undefined;

  constructor(context: HitContext, query: Query, signal: AbortSignal | undefined) {
    this.#context = context;
    this.#query = query;
    this.#signal = signal;

    this.#reader = new TarReader({
      member: (member) => this.#member(member),
      data: (bytes) => this.#data(bytes),
      hole: (count) => this.#hole(count),
      memberEnd: () => this.#memberEnd(),
    });
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#reader.push(bytes);
    await this.#workOff();
  }

  async end(tar: TarBytes): Promise<ArchiveNote[]> {
    const end = this.#reader.end();
    await this.#workOff();
    return archiveNotes(this.#reader.report, end, this.#reader.offset, tar.trailing());
  }

  /** After damage: reports the contents that are complete before the damage, as unproven. */
  async rescue(onHit: (hit: Hit) => void): Promise<void> {
    await this.#workOff();
    for (const [name, passing] of this.#found) {
      if (passing.whole) continue;
      this.#found.delete(name);
      await passing.sink?.abort();
    }
    this.report(onHit, 'none');
  }

  async #workOff(): Promise<void> {
    const work = this.#work;
    this.#work = [];
    for (const one of work) await one();
  }

  async abort(): Promise<void> {
    for (const { sink } of this.#found.values()) await sink?.abort();
  }

  report(onHit: (hit: Hit) => void, verifiedBy: VerifiedBy): void {
    for (const { hit, examiner, content, sink } of this.#found.values()) {
      const read = content === undefined ? {} : { examined: examiner.end() };
      onHit({ ...hit, ...read });
      if (content !== undefined && sink !== undefined) {
        this.#query.kept(hit, { id: '', ok: true, ...content, verifiedBy });
      }
    }
  }

  #member(member: TarMember): void {
    this.members += 1;
    this.#current = undefined;
    this.#list(member);
    const name = normaliseName(member.name);
    if (!isPlausible(member.name) || !isAsked(this.#query, name)) return;
    this.#forget(name);
    const { sizeBytes, kind, linkName, mtimeSeconds } = member;
    const entry = { name: member.name, kind, sizeBytes, mtime: utcMinute(mtimeSeconds), linkName };
    // A sparse file whose map contradicts itself has no content.
    const isWithout = !hasContent(member);
    const hit = kind === 'file' && isWithout ? undefined : tarHitOf(this.#context, this.#query, entry);
    if (isWithout && kind !== 'hardlink' && this.#seen.has(name)) this.replaced.set(name, kind);
    if (hit !== undefined && isWithout) this.#keep(name, hit);
    else if (hit !== undefined) this.#begin(name, member, hit);
    this.#seen.add(name);
  }

  /** The content of a hard link has already passed and is read later if it is needed; other links state theirs. */
  #keep(name: string, hit: Hit): void {
    this.#found.set(name, { hit, examiner: this.#query.examine(name), sink: undefined, whole: true });
  }

  #list(member: TarMember): void {
    if (this.listed.length >= MAX_LISTED || member.sparse) this.isPlain = false;
    if (!this.isPlain) return;
    const { name, kind, sizeBytes, linkName } = member;
    this.listed.push([name, kind, sizeBytes, utcMinute(member.mtimeSeconds), linkName]);
  }

  /** Drops an earlier member: the last member with a name counts, whatever its type. */
  #forget(name: string): void {
    const before = this.#found.get(name);
    this.#found.delete(name);
    this.replaced.delete(name);
    if (before !== undefined) this.#work.push(() => before.sink?.abort());
  }

  #begin(name: string, member: TarMember, hit: Hit): void {
    // A file with larger holes is refused when it is read.
    const isRead = this.#holes.take(member);
    const sink = hit.hint === true || !isRead ? undefined : this.#query.keep(hit);
    const passing: Passing = { hit, examiner: this.#query.examine(name), sink, whole: !isRead };
    this.#found.set(name, passing);
    this.#current = isRead ? passing : undefined;
  }

  #data(bytes: Uint8Array): void {
    const passing = this.#current;
    if (passing === undefined) return;
    const copy = bytes.slice();
    this.#work.push(async () => {
      passing.examiner.push(copy);
      await passing.sink?.write(copy);
    });
  }

  #hole(count: number): void {
    const passing = this.#current;
    if (passing === undefined) return;
    this.#work.push(async () => {
      for (const zeros of holePieces(count)) {
        this.#signal?.throwIfAborted();
        passing.examiner.push(zeros);
        await passing.sink?.write(zeros);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  #memberEnd(): void {
    const passing = this.#current;
    this.#current = undefined;
    if (passing !== undefined) passing.whole = true;
    if (passing?.sink === undefined) return;
    this.#work.push(async () => {
      const content = await passing.sink?.end();
      if (content !== undefined) passing.content = content;
    });
  }
}
