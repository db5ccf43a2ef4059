import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../core/durations.js';
import { Failure, usageFailure } from '../core/failure.js';
import { timeText } from '../core/iso-time.js';
import { printable } from '../core/printable.js';
import { parseStoreUrl } from '../core/store-url.js';
import type { StoreLister, StoreReader } from '../objectstore/port.js';
import { Coverage } from './coverage.js';
import { InventoryDatabase } from './database.js';
import { downloadFiles } from './download.js';
import { InventoryLister, type Loaded } from './lister.js';
import { dataStore, locateManifest, type ManifestPlace } from './locate.js';
import type { Manifest } from './manifest.js';
import { objectsSql } from './query.js';
import { readManifest } from './read-manifest.js';

/** What an inventory needs. */
export interface InventoryPorts {
  reader(url: string): StoreReader;
  /** The bucket of the inventory, in case its coverage has to be checked. */
  lister(url: string): StoreLister;
  now(): Date;
  note(message: string): void;
  readonly signal: AbortSignal;
}

/**
 * Opens an S3 Inventory by the url of its `manifest.json`, or of the directory that contains the dated inventories. Only
 * the manifest is read; the data files are downloaded, checked and sorted when a lister is first used.
 * @throws Failure `inventory.*`, `store.*`, `usage.store_url`
 */
export async function openInventory(
  url: string,
  maxAgeMs: number,
  ports: InventoryPorts,
): Promise<Inventory> {
  const nowMs = ports.now().getTime();
  const place = await locateManifest(url, nowMs - maxAgeMs, ports.reader, ports.signal);
  const manifest = await readManifest(place, nowMs, ports.note, ports.signal);
  const ageMs = Math.max(0, nowMs - manifest.createdAtMs);
  if (ageMs > maxAgeMs) throw tooOld(place.url, manifest, ageMs, maxAgeMs);
  return new Inventory(place, manifest, ageMs, ports);
}

export class Inventory {
  readonly url: string;
  readonly manifest: Manifest;
  /** When it was opened. */
  readonly ageMs: number;
  readonly #place: ManifestPlace;
  readonly #ports: InventoryPorts;
  #loading: Promise<Loaded> | undefined;
  #directory: string | undefined;
  #database: InventoryDatabase | undefined;

  constructor(place: ManifestPlace, manifest: Manifest, ageMs: number, ports: InventoryPorts) {
    this.url = place.url;
    this.manifest = manifest;
    this.ageMs = ageMs;
    this.#place = place;
    this.#ports = ports;
  }

  /** Lists what the inventory has under a url of its bucket. @throws Failure `inventory.other_bucket`, `usage.*` */
  lister(url: string): StoreLister {
    const place = parseStoreUrl(url);
    if (place.kind !== 's3') {
      throw usageFailure('usage.invalid', `${printable(url)} is not a bucket; only buckets have inventories`);
    }
    const { sourceBucket, createdAtMs } = this.manifest;
    if (place.bucket !== sourceBucket) throw otherBucket(this.url, sourceBucket, place.bucket);
    const coverage = this.#coverage(place);
    return new InventoryLister({ ...place, createdAtMs, coverage, load: () => this.#load() });
  }

  /** Removes the downloaded files. Call it when all listings have ended. */
  async close(): Promise<void> {
    await this.#loading?.catch(() => undefined);
    this.#database?.close();
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  #load(): Promise<Loaded> {
    this.#loading ??= this.#fetch();
    return this.#loading;
  }

  async #fetch(): Promise<Loaded> {
    const { manifest, url } = this;
    const { reader, signal } = this.#ports;
    const [first] = manifest.files;
    if (first === undefined) {
      throw new Failure(
        'inventory.not_covering',
        `${printable(url)} names no data files, so the inventory is empty`,
      );
    }
    this.#directory = await mkdtemp(join(tmpdir(), 'salvor-inventory-'));
    const database = await InventoryDatabase.open(this.#directory);
    this.#database = database;
    const store = await dataStore(this.#place, first.key, reader, signal);
    const paths = await downloadFiles(manifest, store, this.#directory, signal);
    const { format, columns, sourceBucket } = manifest;
    return { database, source: { format, columns, bucket: sourceBucket, paths } };
  }

  #coverage({ url, prefix }: { url: string; prefix: string }): Coverage {
    const { signal, lister } = this.#ports;
    return new Coverage({
      bucket: lister(url),
      createdAtMs: this.manifest.createdAtMs,
      signal,
      holdsOthers: async () => {
        const { database, source } = await this.#load();
        const sql = `SELECT key FROM (${objectsSql(source, 'NOT starts_with(key, $1)')}) LIMIT 1`;
        for await (const _ of database.query(sql, [prefix], signal)) return true;
        return false;
      },
    });
  }
}

function tooOld(url: string, { createdAtMs }: Manifest, ageMs: number, maxAgeMs: number): Failure {
  const made = timeText(createdAtMs);
  return new Failure(
    'inventory.too_old',
    `${printable(url)} is ${formatDuration(ageMs)} old (of ${made}); at most ${formatDuration(maxAgeMs)} is allowed`,
    { hint: 'check why no newer inventory was written, or raise --max-inventory-age' },
  );
}

function otherBucket(url: string, is: string, wanted: string): Failure {
  return new Failure(
    'inventory.other_bucket',
    `${printable(url)} is the inventory of ${printable(is)}, not of ${printable(wanted)}`,
    { hint: 'use the inventory of this bucket' },
  );
}
