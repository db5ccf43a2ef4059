import { archiveCodes } from './codes/archive.js';
import { checksumCodes } from './codes/checksums.js';
import { configCodes } from './codes/config.js';
import { dashboardCodes } from './codes/dashboard.js';
import type { CodeEntry } from './codes/entry.js';
import { healthCodes } from './codes/health.js';
import { inventoryCodes } from './codes/inventory.js';
import { listingCodes } from './codes/listings.js';
import { queueCodes } from './codes/queue.js';
import { recoveryCodes } from './codes/recovery.js';
import { registryCodes } from './codes/registry.js';
import { storeCodes } from './codes/store.js';

/** Every finding and failure code. */
export const codes = merged([
  configCodes,
  storeCodes,
  registryCodes,
  healthCodes,
  listingCodes,
  inventoryCodes,
  checksumCodes,
  recoveryCodes,
  archiveCodes,
  dashboardCodes,
  queueCodes,
]);

/** One table of all. @throws Error if two of them have an entry for a code: only one of its texts would be shown */
function merged(tables: readonly Readonly<Record<string, CodeEntry>>[]): Readonly<Record<string, CodeEntry>> {
  const all: Record<string, CodeEntry> = {};
  for (const [code, entry] of tables.flatMap((table) => Object.entries(table))) {
    if (all[code] !== undefined) throw new Error(`src/core/codes has two entries for ${code}: remove one`);
    all[code] = entry;
  }
  return all;
}
