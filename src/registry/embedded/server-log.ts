import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.js';

/** Enough for the last start and its errors. */
const TAIL_BYTES = 16 * 1024;
/** A log beyond this is put aside at the next start; one old log is kept. */
const ROTATE_BYTES = 10 * 1024 * 1024;

export function logPath(directory: string): string {
  return join(directory, 'postgres.log');
}

/** Puts a long log aside, and returns where the lines of the coming start will begin. */
export async function prepareLog(directory: string): Promise<number> {
  const path = logPath(directory);
  const sizeBytes = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (sizeBytes <= ROTATE_BYTES) return sizeBytes;
  await rename(path, `${path}.1`);
  return 0;
}

/** The end of what was logged since `from`. */
export async function logSince(directory: string, from: number): Promise<string> {
  const handle = await open(logPath(directory), 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(Math.max(0, size - start)),
      position: start,
    });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The failure for a server or an `initdb` that ended, with the cause that its log gives. */
export function startFailure(directory: string, what: string, log: string): Failure {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLastIndex((line) => /FATAL|PANIC|error:/.test(line));
  // The cause precedes the line (an error in a configuration file) or follows it (details, hints).
  const telling = fatal < 0 ? lines.slice(-4) : lines.slice(Math.max(0, fatal - 2), fatal + 3);
  const cause = telling.join(' / ') || 'it said nothing';
  const message = `embedded registry ${directory}: ${what}: ${cause}`;
  if (/No space left on device|Disk quota exceeded|wrote only \d+ of \d+ bytes/.test(log)) {
    return new Failure('registry.disk_full', message, {
      hint: 'free space on the disk of the registry, then run the command again',
    });
  }
  if (/Permission denied|Operation not permitted/.test(log)) {
    return new Failure('registry.denied', message, {
      hint: `let the account that runs salvor own ${directory}, and reach the directory of salvor itself`,
    });
  }
  return new Failure('registry.unavailable', message, { hint: `see ${logPath(directory)}` });
}
