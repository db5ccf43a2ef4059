import type { CodeEntry } from './entry.js';

const failure = (meaning: string, action: string): CodeEntry => ({ kind: 'failure', meaning, action });

/** Codes of S3 Inventory: `listings verify --inventory`. */
export const inventoryCodes: Record<string, CodeEntry> = {
  'inventory.no_duckdb': failure(
    'DuckDB, which reads inventories, is not installed: it is an optional dependency.',
    'Run `npm install @duckdb/node-api@1.5.4-r.1` where Salvor is installed, or list the bucket instead.',
  ),
  'inventory.none': failure(
    'The directory holds no inventory that is young enough.',
    'Check the url: it is the directory with the dated ones in it. A new inventory takes up to 48 hours.',
  ),
  'inventory.manifest': failure(
    'The manifest of an inventory is not what S3 writes, or larger than any that S3 writes.',
    'Check that the url names the `manifest.json` of an S3 Inventory.',
  ),
  'inventory.format': failure(
    'The inventory is in a format that is not read, such as ORC.',
    'Let the inventory be written as CSV or Apache Parquet.',
  ),
  'inventory.fields': failure(
    'The inventory lacks a field that the verifier needs: size, last modified, or which version is the latest.',
    'Add the field to the configuration of the inventory, and wait for the next one.',
  ),
  'inventory.other_bucket': failure(
    'The inventory is of another bucket than the url.',
    'Name the inventory of this bucket.',
  ),
  'inventory.too_old': failure(
    'The inventory is older than `--max-inventory-age`.',
    'Check why no newer one was written; to look at the bucket as it was then, raise the limit.',
  ),
  'inventory.corrupt': failure(
    'The manifest or a data file of the inventory is not what its checksum says, or holds what no inventory does.',
    'Run it again; if it stays, wait for the next inventory, or list the bucket.',
  ),
  'inventory.missing_file': failure(
    'A data file that the manifest names is not there: nothing is judged by a part of an inventory.',
    'Read the inventory where S3 wrote it, before a lifecycle rule deletes it.',
  ),
  'inventory.not_covering': failure(
    'The inventory holds only a part of what the url does, so it cannot answer for the rest.',
    'Give the url that the inventory is limited to, or take the prefix out of its configuration.',
  ),
  'inventory.no_space': failure(
    'The data files of the inventory, or the sorting of them, do not fit on the temporary file system.',
    'Name a directory on a larger one in TMPDIR.',
  ),
  'inventory.broken_off': failure(
    'DuckDB did not give all rows of the inventory, and did not say why: nothing is judged by a part of them.',
    'Look at the memory of this machine and the room on the file system of TMPDIR, then run it again.',
  ),
  'inventory.memory': failure(
    'The memory that sorting an inventory may take was not enough.',
    'Verify parts of the bucket, one url at a time.',
  ),
};
