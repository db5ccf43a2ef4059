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
export const codes: Readonly<Record<string, CodeEntry>> = {
  ...configCodes,
  ...storeCodes,
  ...registryCodes,
  ...healthCodes,
  ...listingCodes,
  ...inventoryCodes,
  ...checksumCodes,
  ...recoveryCodes,
  ...archiveCodes,
  ...dashboardCodes,
  ...queueCodes,
};
