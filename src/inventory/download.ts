import { createHash } from 'node:crypto';
import { open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { Failure } from '../core/failure.js';
import { counted } from '../core/pluralize.js';
import { printable } from '../core/printable.js';
import { formatSize } from '../core/sizes.js';
import type { StoreReader } from '../objectstore/port.js';
import type { DataFile, Manifest } from './manifest.js';

/** This many concurrent downloads saturate any network link and take little memory. */
const PARALLEL = 4;

/**
 * Downloads the data files of an inventory into a directory, under generated names, and checks the size and MD5 of each.
 * The first failure stops the others; no writes are pending when it is thrown.
 * @returns the paths in the order of the manifest
 * @throws Failure `inventory.corrupt`, `inventory.missing_file`, `inventory.no_space`, `store.*`
 */
export async function downloadFiles(
  { files, format }: Pick<Manifest, 'files' | 'format'>,
  store: StoreReader,
  directory: string,
  signal: AbortSignal,
): Promise<string[]> {
  await checkSpace(files, directory);
  const limit = pLimit(PARALLEL);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const fetched = await Promise.allSettled(
    files.map((file, i) =>
      limit(async () => {
        either.throwIfAborted();
        const path = join(directory, `${i}${extensionOf(file.key, format)}`);
        await downloadFile(file, store, path, either).catch((error: unknown) => {
          stop.abort(error);
          throw error;
        });
        return path;
      }),
    ),
  );
  signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  return fetched.map((result) => (result.status === 'fulfilled' ? result.value : ''));
}

/** Only the extension of the file name matters. */
function extensionOf(key: string, format: Manifest['format']): string {
  if (format === 'Parquet') return '.parquet';
  return key.endsWith('.gz') ? '.csv.gz' : '.csv';
}

async function checkSpace(files: readonly DataFile[], directory: string): Promise<void> {
  const wanted = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { bavail, bsize } = await statfs(directory);
  if (wanted <= bavail * bsize) return;
  const has = formatSize(bavail * bsize);
  throw noSpace(`its data files have ${formatSize(wanted)}, but ${directory} has only ${has} free`);
}

export function noSpace(what: string): Failure {
  return new Failure('inventory.no_space', `the inventory does not fit: ${what}`, {
    hint: 'set TMPDIR to a directory on a larger file system',
  });
}

async function downloadFile(
  file: DataFile,
  store: StoreReader,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const url = printable(store.urlOf(file.key));
  const { info, body } = await present(store.get(file.key, { signal }), url);
  if (info.sizeBytes !== file.sizeBytes)
    throw corrupt(url, counted(info.sizeBytes, 'byte'), counted(file.sizeBytes, 'byte'));
  const hash = createHash('md5');
  const target = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      await target.writeFile(chunk);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
      throw noSpace('the disk is full');
    throw error;
  } finally {
    await target.close();
  }
  const md5 = hash.digest('hex');
  if (md5 !== file.md5) throw corrupt(url, `the MD5 ${md5}`, file.md5);
}

async function present<T>(asked: Promise<T>, url: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'store.not_found') throw error;
    throw new Failure('inventory.missing_file', `the manifest names ${url}, which does not exist`, {
      hint: 'read the inventory in the bucket to which S3 wrote it, before a lifecycle rule deletes it',
      cause: error,
    });
  }
}

function corrupt(url: string, is: string, named: string): Failure {
  return new Failure('inventory.corrupt', `${url} has ${is}, but the manifest says ${named}`, {
    hint: 'run it again; if the error persists, wait for the next inventory',
  });
}
