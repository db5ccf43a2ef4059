import { Damage } from '../../archive/damage.js';
import type { IndexedMember } from '../../archive/index/member.js';
import { IndexReader } from '../../archive/index/reader.js';
import { readMember } from '../../archive/ranged.js';
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

/** A member of an archive that should have a wanted content. */
export interface Copy {
  url: string;
  etag: string | null;
  member: IndexedMember;
  /** Its bytes by range; throws as `isBadCopy` tells when the archive is not what the index says. */
  read(): AsyncIterable<Uint8Array>;
}

interface Indexed {
  store: StoreReader;
  archive: ObjectInfo;
  index: IndexReader;
}

/** The indexed archives of the configured backups, the newest first. They are only read. */
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

  /** @throws Failure `store.*`: what can't be listed may hold anything. */
  async open(): Promise<void> {
    for (const backup of this.#ports.backups) await this.#openStore(backup);
    this.#archives.sort((a, b) => b.archive.lastModifiedMs - a.archive.lastModifiedMs);
  }

  /** Every copy of a content that the indexes tell of, one of each archive. */
  async *copies(sha256: string): AsyncGenerator<Copy> {
    for (const one of this.#archives) {
      const [member] = (await one.index.findByDigest(sha256)).filter(hasContent);
      if (member === undefined) continue;
      const { store, archive, index } = one;
      const read = (start: number, end: number) => this.#stream(store, archive, start, end);
      yield {
        url: store.urlOf(archive.key),
        etag: archive.etag ?? null,
        member,
        read: () => readMember(index, member, read, this.#ports.decodeFrames),
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
        throw new Failure('index.stale', 'the index was made from another version of the archive');
      return meta.access === 'stream-only' ? undefined : reader;
    } catch (error) {
      if (!isBadCopy(error)) throw error;
      const finding = {
        code: 'index.unusable',
        severity: 'warning',
        subject: store.urlOf(index.key),
        message: `the index can not be used: ${error.message}`,
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

/** Answers about one object. Others (a store that is down, a registry that is gone) are about the world around. */
const OF_ONE_OBJECT = ['store.not_found', 'store.precondition_failed', 'store.range', 'store.denied'];
/** Codes of an archive, an index or a decoder say something of the copy, whatever it is. */
const OF_A_COPY = /^(archive|index|decoder)\./;

/** Whether an error says something of the archive or its index; any other one is of the world around. */
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
