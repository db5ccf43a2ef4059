import type { IndexedMember } from '../../archive/index/member.js';
import { MemberReader } from '../../archive/ranged.js';
import { hasContent } from '../../archive/tar/member.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import { isBadCopy } from './bad-copy.js';
import { type IndexedArchive, openIndexedArchives, unusableIndex } from './indexed-archives.js';
import type { DrillPorts } from './options.js';

/** An archive member that should have a wanted content. */
export interface Copy {
  url: string;
  etag: string | null;
  member: IndexedMember;
  /** Distinguishes these bytes from those of any other archive, version and member. */
  identity: string;
  /** Reads its bytes by range. If the archive does not match its index, throws an error that `isBadCopy` accepts. */
  read(): AsyncIterable<Uint8Array>;
  /** As `read`, without the first bytes. Not for sparse members. */
  readFrom(offset: number): AsyncIterable<Uint8Array>;
}

/** Where the newest copy of a content is. */
export interface Place {
  readonly archive: IndexedArchive;
  readonly member: ProvableMember;
}

/** A member with content, and with the digest that shows whether the content is right. */
type ProvableMember = IndexedMember & { sha256: string };

/** The indexed archives of the configured backups, newest first. Read-only. */
export class Backups {
  bytesFetched = 0;
  leftOut = 0;
  #archives: IndexedArchive[] = [];
  /** Of the archive that was read last. */
  #reader: { archive: IndexedArchive; members: MemberReader } | undefined;
  readonly #ports: Pick<DrillPorts, 'backups' | 'decodeFrames' | 'emit' | 'signal'>;

  constructor(ports: Pick<DrillPorts, 'backups' | 'decodeFrames' | 'emit' | 'signal'>) {
    this.#ports = ports;
  }

  get indexed(): number {
    return this.#archives.length;
  }

  /** @throws Failure `store.*` if a store cannot be listed, because its contents are then unknown */
  async open(): Promise<void> {
    const read = this.#stream.bind(this);
    const { archives, leftOut } = await openIndexedArchives(this.#ports, read);
    this.#archives = archives;
    this.leftOut = leftOut;
  }

  /** The newest copy of each of these contents; those that no index names are left out. */
  async locate(sha256s: Iterable<string>): Promise<Map<string, Place>> {
    await this.close();
    const places = new Map<string, Place>();
    const sought = new Set(sha256s);
    for (const archive of this.#archives) {
      if (sought.size === 0) break;
      for await (const member of this.#membersWith(archive, sought)) {
        places.set(member.sha256, { archive, member });
        sought.delete(member.sha256);
      }
    }
    return places;
  }

  /** The copy at a place, then every copy of that content in older archives. */
  async *copiesFrom({ archive, member }: Place): AsyncGenerator<Copy> {
    const older = this.#archives.slice(this.#archives.indexOf(archive) + 1);
    yield this.#copy(archive, member);
    yield* this.#copiesIn(older, member.sha256);
  }

  /** Every copy of a content that the indexes name, one per archive: first the one in the archive `firstUrl`, if any. */
  async *copies(sha256: string, firstUrl?: string): AsyncGenerator<Copy> {
    const first = this.#archives.filter(({ url }) => url === firstUrl);
    yield* this.#copiesIn([...first, ...this.#archives.filter(({ url }) => url !== firstUrl)], sha256);
  }

  /** Ends the reading of the archive that was read last. */
  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.members.close();
  }

  async *#copiesIn(archives: readonly IndexedArchive[], sha256: string): AsyncGenerator<Copy> {
    const sought = new Set([sha256]);
    for (const archive of archives) {
      for await (const member of this.#membersWith(archive, sought)) {
        yield this.#copy(archive, member);
        break;
      }
    }
  }

  /** The members of an archive with these contents. If its index is damaged, the archive is left out from then on. */
  async *#membersWith(one: IndexedArchive, sha256s: ReadonlySet<string>): AsyncGenerator<ProvableMember> {
    try {
      for await (const member of one.index.withDigests(sha256s)) if (isProvable(member)) yield member;
    } catch (error) {
      if (!isBadCopy(error)) throw error;
      this.#archives = this.#archives.filter((other) => other !== one);
      this.leftOut += 1;
      this.#ports.emit({ type: 'finding', finding: unusableIndex(one.url, error) });
    }
  }

  #copy(one: IndexedArchive, member: IndexedMember): Copy {
    const { url, archive } = one;
    const etag = archive.etag ?? null;
    return {
      ...{ url, etag, member },
      identity: JSON.stringify([url, etag, archive.sizeBytes, member.name, member.dataAt, member.sha256]),
      read: () => this.#content(one, (members) => members.read(member)),
      readFrom: (offset) => this.#content(one, (members) => members.readFrom(member, offset)),
    };
  }

  async *#content(
    one: IndexedArchive,
    read: (members: MemberReader) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    if (this.#reader?.archive !== one) {
      await this.close();
      const { store, archive, index } = one;
      const readArchive = (start: number, end: number) => this.#stream(store, archive, start, end);
      const { decodeFrames } = this.#ports;
      this.#reader = { archive: one, members: new MemberReader(index, { readArchive, decodeFrames }) };
    }
    yield* read(this.#reader.members);
  }

  async *#stream(
    store: StoreReader,
    object: ObjectInfo,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array> {
    if (start === end) return;
    const { body } = await store.get(object.key, {
      range: { start, end },
      signal: this.#ports.signal,
      ...(object.etag === undefined ? {} : { ifMatch: object.etag }),
    });
    for await (const chunk of body) {
      this.bytesFetched += chunk.length;
      yield chunk;
    }
  }
}

function isProvable(member: IndexedMember): member is ProvableMember {
  return hasContent(member) && member.sha256 !== undefined;
}
