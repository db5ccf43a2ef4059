import { formatDamage } from '../../archive/damage.js';
import { normaliseName } from '../../archive/names.js';
import type { Decode } from '../../archive/read-archive.js';
import { isPlainFile, type TarMember } from '../../archive/tar/member.js';
import { TarReader } from '../../archive/tar/reader.js';
import { timeText } from '../../core/iso-time.js';
import type { ContentSink, Examiner, Hit, Query, VerifiedBy } from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';
import { type HitContext, hintOf, hitOf, isAsked, isPlausible } from './member-hits.js';
import type { SearchTally } from './search-tally.js';
import { openTar } from './tar-stream.js';

/** A wanted member as it passes. */
interface Passing {
  hit: Hit;
  examiner: Examiner;
  sink: ContentSink | undefined;
  content?: { sha256: string; sizeBytes: number };
}

/**
 * Reads an archive that has no listing, once: its members are searched, and those that are wanted are kept while
 * they pass, so that nobody has to fetch the archive again.
 */
export async function scanArchive(
  store: StoreReader,
  decode: Decode,
  context: HitContext,
  query: Query,
  tally: SearchTally,
  onHit: (hit: Hit) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { info } = context.archive;
  const { body } = await store.get(info.key, {
    ...(info.etag === undefined ? {} : { ifMatch: info.etag }),
    ...(signal === undefined ? {} : { signal }),
  });
  const tar = await openTar(body, decode);
  const scan = new Scan(context, query);
  try {
    for await (const bytes of tar.output) {
      signal?.throwIfAborted();
      await scan.push(bytes);
    }
    await scan.end();
  } catch (error) {
    await scan.abort();
    tally.scanned(scan.members, tar.bytesRead());
    throw error;
  }
  tally.scanned(scan.members, tar.bytesRead());
  scan.report(onHit, tar.checksummed() ? 'container-checksum' : 'none');
}

class Scan {
  members = 0;
  private readonly found = new Map<string, Passing>();
  private readonly reader: TarReader;
  private current: Passing | undefined;
  private work: (() => void | Promise<void>)[] = [];

  constructor(
    private readonly context: HitContext,
    private readonly query: Query,
  ) {
    this.reader = new TarReader({
      member: (member) => this.member(member),
      data: (bytes) => this.data(bytes),
      memberEnd: () => this.memberEnd(),
    });
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.reader.push(bytes);
    const work = this.work;
    this.work = [];
    for (const one of work) await one();
  }

  async end(): Promise<void> {
    if (this.reader.end() === 'missing')
      throw formatDamage('truncated', 'the tar has no end: it was cut between two members');
    for (const one of this.work.splice(0)) await one();
  }

  async abort(): Promise<void> {
    for (const { sink } of this.found.values()) await sink?.abort();
  }

  report(onHit: (hit: Hit) => void, verifiedBy: VerifiedBy): void {
    for (const { hit, examiner, content, sink } of this.found.values()) {
      const read = content === undefined ? {} : { examined: examiner.end() };
      onHit({ ...hit, ...read });
      if (content !== undefined && sink !== undefined) {
        this.query.kept(hit, { id: '', ok: true, ...content, verifiedBy });
      }
    }
  }

  private member(member: TarMember): void {
    this.members += 1;
    this.current = undefined;
    const name = normaliseName(member.name);
    if (!isPlainFile(member) || !isPlausible(member.name) || !isAsked(this.query, name)) return;
    const hit: Hit = {
      ...hitOf(this.context, member.name),
      ...hintOf(this.query, name),
      sizeBytes: member.sizeBytes,
      mtime: timeText(member.mtimeSeconds * 1000)
        .slice(0, 16)
        .replace('T', ' '),
    };
    const sink = hit.hint === true ? undefined : this.query.keep(hit);
    const passing: Passing = { hit, examiner: this.query.examine(name), sink };
    const before = this.found.get(name);
    // The last member of a name counts.
    if (before !== undefined) this.work.push(() => before.sink?.abort());
    this.found.set(name, passing);
    this.current = passing;
  }

  private data(bytes: Uint8Array): void {
    const passing = this.current;
    if (passing === undefined) return;
    const copy = bytes.slice();
    this.work.push(async () => {
      passing.examiner.push(copy);
      await passing.sink?.write(copy);
    });
  }

  private memberEnd(): void {
    const passing = this.current;
    this.current = undefined;
    if (passing?.sink === undefined) return;
    this.work.push(async () => {
      const content = await passing.sink?.end();
      if (content !== undefined) passing.content = content;
    });
  }
}
