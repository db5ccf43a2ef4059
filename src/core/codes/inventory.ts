import { type CodeEntry, failureEntry } from './entry.js';

/** Codes of S3 Inventory: `listings verify --inventory`. */
export const inventoryCodes: Record<string, CodeEntry> = {
  'inventory.no_duckdb': failureEntry(
    'DuckDB, which reads inventories, is not installed: it is an optional dependency.',
    'Run `npm install @duckdb/node-api@1.5.4-r.1` where Salvor is installed, or list the bucket instead.',
  ),
  'inventory.none': failureEntry(
    'The directory has no inventory that is recent enough.',
    'Check the URL: it must be the directory that contains the dated directories. A new inventory takes up to 48 hours.',
  ),
  'inventory.manifest': failureEntry(
    'The manifest of an inventory does not have the format that S3 writes, or is too large.',
    'Check that the URL names the `manifest.json` of an S3 Inventory.',
  ),
  'inventory.format': failureEntry(
    'The inventory has an unsupported format, such as ORC.',
    'Configure the inventory to use CSV or Apache Parquet.',
  ),
  'inventory.fields': failureEntry(
    'The inventory lacks a required field: size, last modified, or is latest.',
    "Add the field to the inventory's configuration, and wait for the next inventory.",
  ),
  'inventory.other_bucket': failureEntry(
    'The inventory belongs to a different bucket than the URL.',
    'Use the inventory of this bucket.',
  ),
  'inventory.too_old': failureEntry(
    'The inventory is older than `--max-inventory-age`.',
    'Check why no newer inventory was written. To check the bucket as of that time, raise the limit.',
  ),
  'inventory.corrupt': failureEntry(
    'The manifest or a data file of the inventory does not match its checksum, or has invalid content.',
    'Run the command again. If this recurs, wait for the next inventory, or list the bucket instead.',
  ),
  'inventory.missing_file': failureEntry(
    'A data file that the manifest names is missing. A partial inventory proves nothing, so nothing was checked.',
    'Read the inventory from the bucket where S3 wrote it, before a lifecycle rule deletes it.',
  ),
  'inventory.not_covering': failureEntry(
    'The inventory covers only part of the URL, so nothing is known about the rest.',
    'Use the URL that the inventory is limited to, or remove the prefix from its configuration.',
  ),
  'inventory.no_space': failureEntry(
    'The temporary file system is too small for the data files of the inventory or for sorting them.',
    'Set TMPDIR to a directory on a larger file system.',
  ),
  'inventory.broken_off': failureEntry(
    'DuckDB did not return all rows of the inventory and gave no reason. A partial inventory proves nothing, so nothing was checked.',
    'Check the free memory of this host and the free space in TMPDIR, then run the command again.',
  ),
  'inventory.memory': failureEntry(
    'Sorting the inventory needs more memory than its limit allows.',
    'Verify the bucket in parts, one URL at a time.',
  ),
};
