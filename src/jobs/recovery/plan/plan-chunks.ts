import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../../../core/failure.js';

/** Enough for a million rows of 10 kB. The size of each row is limited when it is read. */
const MAX_PLAN_BYTES = 16 * 1024 ** 3;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Opens a plan file, which must be a regular file.
 * @throws Failure `plan.not_found`, `plan.invalid` (exit 2)
 */
export async function openPlanFile(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await open(resolve(path), flags).catch((error: unknown) => {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = absent
      ? 'the file does not exist'
      : error instanceof Error
        ? error.message
        : String(error);
    throw new Failure('plan.not_found', `${path}: ${reason}`, {
      hint: 'create a plan with `salvor recovery plan`, or specify another file',
      exitCode: 2,
    });
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw invalid(path, 'is not a regular file');
    if (stats.size > MAX_PLAN_BYTES) throw invalid(path, 'is too large to be a plan');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads a plan file from the start. */
export async function* planChunks(file: FileHandle): AsyncGenerator<Uint8Array> {
  const stream = file.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES, start: 0 });
  for await (const chunk of stream) yield chunk as Buffer;
}

function invalid(path: string, what: string): Failure {
  return new Failure('plan.invalid', `${path} ${what}`, {
    hint: 'make a new plan with `salvor recovery plan`',
    exitCode: 2,
  });
}
