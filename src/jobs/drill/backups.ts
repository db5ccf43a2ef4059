import { Damage } from '../../archive/damage.js';
import type { IndexedMember } from '../../archive/index/member.js';
import { IndexReader } from '../../archive/index/reader.js';
import { readMember, readMemberFrom } from '../../archive/ranged.js';
import { hasContent } from '../../archive/tar/member.js';
import { archiveFormat } from '../../core/archive-name.js';
import { Failure } from '../../core/failure.js';
import type { Glob } from '../../core/glob.js';
import { partitionPrefix } from '../../core/partition.js';
import { seriesName } from '../../core/series.js';
import { storeKindOf } from '../../core/store-url.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import type { BackupStore, DrillPorts } from './options.js';

const INDEX_SUFFIX = '.salvor-index';

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

interface Indexed {
  store: StoreReader;
  archive: ObjectInfo;
  index: IndexReader;
}

/** The indexed archives of the configured backups, newest first. Read-only. */
export class Backups {
  bytesFetched = 0;
  leftOut = 0;
  #archives: Indexed[] = [];
  readonly #ports: Pick<DrillPorts, 'backups' | 'decodeFrames' | 'emit' | 'signal'>;

  constructor(ports: Pick<DrillPorts, 'backups' | 'decodeFrames' | 'emit' | 'signal'>) {
    this.#ports = ports;
  }

  get indexed(): number {
    return this.#archives.length;
  }

  /** @throws Failure `store.*` if a store cannot be listed, because its contents are then unknown */
  async open(): Promise<void> {
    for (const backup of this.#ports.backups) await this.#openStore(backup);
    this.#archives.sort((a, b) => b.archive.lastModifiedMs - a.archive.lastModifiedMs);
  }

  /** Every copy of a content that the indexes name, one per archive: first the one in the archive `firstUrl`, if any. */
  async *copies(sha256: string, firstUrl?: string): AsyncGenerator<Copy> {
    const isFirst = ({ store, archive }: Indexed): boolean => store.urlOf(archive.key) === firstUrl;
    const archives =
      firstUrl === undefined
        ? this.#archives
        : [...this.#archives.filter(isFirst), ...this.#archives.filter((one) => !isFirst(one))];
    for (const one of archives) {
      const [member] = (await one.index.findByDigest(sha256)).filter(hasContent);
      if (member === undefined) continue;
      const { store, archive, index } = one;
      const readArchive = (start: number, end: number) => this.#stream(store, archive, start, end);
      const { decodeFrames } = this.#ports;
      const url = store.urlOf(archive.key);
      const etag = archive.etag ?? null;
      yield {
        url,
        etag,
        member,
        identity: JSON.stringify([url, etag, archive.sizeBytes, member.name, member.dataAt, sha256]),
        read: () => readMember(index, member, readArchive, decodeFrames),
        readFrom: (from) => readMemberFrom(index, member, { readArchive, decodeFrames, from }),
      };
    }
  }

  async #openStore({ store, series }: BackupStore): Promise<void> {
    const archives: ObjectInfo[] = [];
    const indexes = new Map<string, ObjectInfo>();
    for await (const { objects } of store.list({ signal: this.#ports.signal })) {
      for (const info of objects) {
        if (info.key.endsWith(INDEX_SUFFIX)) indexes.set(info.key, info);
        else if (archiveFormat(info.key) !== undefined && ofSeries(store, info.key, series))
          archives.push(info);
      }
    }
    for (const archive of archives) {
      const index = indexes.get(archive.key + INDEX_SUFFIX);
      const reader = index === undefined ? undefined : await this.#usable(store, archive, index);
      if (reader === undefined) this.leftOut += 1;
      else this.#archives.push({ store, archive, index: reader });
    }
  }

  async #usable(
    store: StoreReader,
    archive: ObjectInfo,
    index: ObjectInfo,
  ): Promise<IndexReader | undefined> {
    this.#ports.emit({ type: 'examined', subjects: [store.urlOf(index.key)] });
    try {
      const reader = await IndexReader.open(index.sizeBytes, async (start, end) => {
        const parts: Uint8Array[] = [];
        for await (const chunk of this.#stream(store, index, start, end)) parts.push(chunk);
        return Buffer.concat(parts);
      });
      const { meta } = reader.footer;
      const kind = storeKindOf(store.url);
      const otherTag = meta.etag !== undefined && meta.etagOf === kind && meta.etag !== archive.etag;
      if (meta.sizeBytes !== archive.sizeBytes || otherTag)
        throw new Failure('index.stale', 'the index was built from another version of the archive');
      return meta.access === 'stream-only' ? undefined : reader;
    } catch (error) {
      if (!isBadCopy(error)) throw error;
      const finding = {
        code: 'index.unusable',
        severity: 'warning',
        subject: store.urlOf(index.key),
        message: `the index cannot be used: ${error.message}`,
      } as const;
      this.#ports.emit({ type: 'finding', finding });
      return undefined;
    }
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

/** Failures that concern one object. Others, such as a store that is down, concern the whole run. */
const OF_ONE_OBJECT = ['store.not_found', 'store.precondition_failed', 'store.range', 'store.denied'];
/** Archive, index, and decoder codes always concern the copy. */
const OF_A_COPY = /^(archive|index|decoder)\./;

/** Whether an error concerns the archive or its index. Any other error concerns the whole run. */
export function isBadCopy(error: unknown): error is Damage | Failure {
  return (
    error instanceof Damage ||
    (error instanceof Failure && (OF_A_COPY.test(error.code) || OF_ONE_OBJECT.includes(error.code)))
  );
}

function ofSeries(store: StoreReader, key: string, series: Glob | undefined): boolean {
  if (series === undefined) return true;
  const name = seriesName(key, partitionPrefix(key, store.prefix, 1));
  return series.matches(name) || series.matches(name.slice(name.lastIndexOf('/') + 1));
}
