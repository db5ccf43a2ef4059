import { IndexReader } from '../../archive/index/reader.js';
import { archiveFormat } from '../../core/archive-name.js';
import { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import type { Glob } from '../../core/glob.js';
import { partitionPrefix } from '../../core/partition.js';
import { seriesName } from '../../core/series.js';
import { storeKindOf } from '../../core/store-url.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import { isBadCopy } from './bad-copy.js';
import type { BackupStore, DrillPorts } from './options.js';

const INDEX_SUFFIX = '.salvor-index';

/** An archive with a usable index. */
export interface IndexedArchive {
  readonly url: string;
  readonly store: StoreReader;
  readonly archive: ObjectInfo;
  readonly index: IndexReader;
}

/** Reads bytes `start` to `end` of an object. */
type ReadObject = (
  store: StoreReader,
  object: ObjectInfo,
  start: number,
  end: number,
) => AsyncIterable<Uint8Array>;

/**
 * The archives of the configured backups that have a usable index, newest first, and the number of the others.
 * @throws Failure `store.*` if a store cannot be listed, because its contents are then unknown
 */
export async function openIndexedArchives(
  ports: Pick<DrillPorts, 'backups' | 'emit' | 'signal'>,
  read: ReadObject,
): Promise<{ archives: IndexedArchive[]; leftOut: number }> {
  const opened: IndexedArchive[] = [];
  let leftOut = 0;
  for (const backup of ports.backups) {
    for (const one of await archivesOf(backup, ports.signal)) {
      const index = await usableIndex(backup.store, one, ports, read);
      if (index === undefined) leftOut += 1;
      else
        opened.push({
          url: backup.store.urlOf(one.archive.key),
          store: backup.store,
          archive: one.archive,
          index,
        });
    }
  }
  return { archives: opened.sort((a, b) => b.archive.lastModifiedMs - a.archive.lastModifiedMs), leftOut };
}

/** The finding for an archive whose index cannot be used. */
export function unusableIndex(archiveUrl: string, { message }: Error): Finding {
  return {
    code: 'index.unusable',
    severity: 'warning',
    subject: archiveUrl + INDEX_SUFFIX,
    message: `the index cannot be used: ${message}`,
  };
}

interface Listed {
  archive: ObjectInfo;
  index: ObjectInfo | undefined;
}

async function archivesOf({ store, series }: BackupStore, signal: AbortSignal): Promise<Listed[]> {
  const archives: ObjectInfo[] = [];
  const indexes = new Map<string, ObjectInfo>();
  for await (const { objects } of store.list({ signal })) {
    for (const info of objects) {
      if (info.key.endsWith(INDEX_SUFFIX)) indexes.set(info.key, info);
      else if (archiveFormat(info.key) !== undefined && ofSeries(store, info.key, series))
        archives.push(info);
    }
  }
  return archives.map((archive) => ({ archive, index: indexes.get(archive.key + INDEX_SUFFIX) }));
}

async function usableIndex(
  store: StoreReader,
  { archive, index }: Listed,
  { emit }: Pick<DrillPorts, 'emit'>,
  read: ReadObject,
): Promise<IndexReader | undefined> {
  if (index === undefined) return undefined;
  emit({ type: 'examined', subjects: [store.urlOf(index.key)] });
  try {
    const reader = await IndexReader.open(index.sizeBytes, async (start, end) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of read(store, index, start, end)) parts.push(chunk);
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
    emit({ type: 'finding', finding: unusableIndex(store.urlOf(archive.key), error) });
    return undefined;
  }
}

function ofSeries(store: StoreReader, key: string, series: Glob | undefined): boolean {
  if (series === undefined) return true;
  const name = seriesName(key, partitionPrefix(key, store.prefix, 1));
  return series.matches(name) || series.matches(name.slice(name.lastIndexOf('/') + 1));
}
