import type { Clock } from '../core/clock.js';
import { formatDuration } from '../core/durations.js';
import { timeText } from '../core/iso-time.js';
import { printable } from '../core/printable.js';
import { parseStoreUrl } from '../core/store-url.js';
import type { StoreLister, StoreReader } from '../objectstore/port.js';
import { type Inventory, openInventory } from './open.js';

const DEFAULT_MAX_AGE_MS = 48 * 3_600_000;

/** An inventory in the summary. */
export interface InventorySummary {
  manifest: string;
  created_at: string;
  age_ms: number;
  files: number;
}

/** Where the inventory of a store is, and how old it may be. */
export interface InventorySettings {
  inventory?: string | undefined;
  max_inventory_age?: number | undefined;
}

export interface InventoriesParts {
  /** The flags that apply to every url. */
  readonly flags: InventorySettings;
  readonly backups: readonly (InventorySettings & { url: string })[] | undefined;
  readonly openLister: (url: string, partOf?: string) => StoreLister;
  readonly openReader: (url: string) => StoreReader;
  readonly clock: Clock;
  readonly note: (level: 'info' | 'warning', message: string) => void;
  readonly signal: AbortSignal;
}

/** The S3 Inventories of one run: which urls use one, and which were read. */
export class Inventories {
  readonly #parts: InventoriesParts;
  readonly #opened = new Map<string, Promise<Inventory>>();
  readonly #used: Inventory[] = [];
  #current: Inventory | undefined;

  constructor(parts: InventoriesParts) {
    this.#parts = parts;
  }

  /** The options, except that an inventory is read in one pass whatever the number of ranges. */
  targets<Target extends { url: string; partOf?: string | undefined; concurrency: number }>(
    all: readonly Target[],
  ): Target[] {
    return all.map((target) =>
      this.#settings(target.partOf ?? target.url).inventory === undefined
        ? target
        : { ...target, concurrency: 1 },
    );
  }

  /** Lists the bucket, directly or from its inventory. @throws Failure `inventory.*` */
  async lister(url: string, partOf?: string): Promise<StoreLister> {
    const { inventory, max_inventory_age: maxAgeMs = DEFAULT_MAX_AGE_MS } = this.#settings(partOf ?? url);
    this.#current = undefined;
    if (inventory === undefined) return this.#parts.openLister(url, partOf);
    this.#current = await this.#open(inventory, maxAgeMs);
    return this.#current.lister(url);
  }

  /** A clock stopped at the creation of the current inventory, because later changes are unknown. */
  get clock(): Clock {
    const { clock } = this.#parts;
    const now = (): Date =>
      this.#current === undefined ? clock.now() : new Date(this.#current.manifest.createdAtMs);
    return { now, monotonicMs: () => clock.monotonicMs(), sleep: (ms, signal) => clock.sleep(ms, signal) };
  }

  /** For the summary: the oldest inventory that was used, and all of them if there are several. */
  summary(): { inventory?: InventorySummary; inventories?: InventorySummary[] } {
    const all = this.#used.map(summaryOf).sort((a, b) => b.age_ms - a.age_ms);
    const [oldest] = all;
    if (oldest === undefined) return {};
    return all.length === 1 ? { inventory: oldest } : { inventory: oldest, inventories: all };
  }

  async close(): Promise<void> {
    for (const inventory of this.#used) await inventory.close();
  }

  #settings(url: string): InventorySettings {
    const { backups, flags } = this.#parts;
    return { ...backups?.find((backup) => parseStoreUrl(backup.url).url === url), ...flags };
  }

  #open(url: string, maxAgeMs: number): Promise<Inventory> {
    const id = `${maxAgeMs} ${url}`;
    const opened = this.#opened.get(id) ?? this.#openNew(url, maxAgeMs);
    this.#opened.set(id, opened);
    return opened;
  }

  async #openNew(url: string, maxAgeMs: number): Promise<Inventory> {
    const { openLister, openReader, clock, signal, note } = this.#parts;
    const inventory = await openInventory(url, maxAgeMs, {
      reader: openReader,
      lister: (place) => openLister(place),
      now: () => clock.now(),
      note: (message) => note('warning', message),
      signal,
    });
    this.#used.push(inventory);
    note('info', `reading the inventory ${inventoryLine(summaryOf(inventory))}`);
    return inventory;
  }
}

function summaryOf({ url, manifest, ageMs }: Inventory): InventorySummary {
  const created_at = timeText(manifest.createdAtMs);
  return { manifest: url, created_at, age_ms: ageMs, files: manifest.files.length };
}

/** Output lines about the inventories: the results are only as recent as these. */
export function inventoryLines({ inventory, inventories }: ReturnType<Inventories['summary']>): string[] {
  const all = inventories ?? (inventory === undefined ? [] : [inventory]);
  return all.map((one) => `  from the inventory ${inventoryLine(one)}`);
}

function inventoryLine({ manifest, created_at, age_ms, files }: InventorySummary): string {
  const made = `${created_at.slice(0, 16).replace('T', ' ')}Z`;
  return `of ${made}, ${formatDuration(age_ms)} old, ${files} data ${files === 1 ? 'file' : 'files'}: ${printable(manifest)}`;
}
