import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../../../core/failure.js';

/** A million rows of some 10 kB each; what is read of them is bounded row by row. */
const MAX_PLAN_BYTES = 16 * 1024 ** 3;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Opens a plan's file, which must be a regular one.
 * @throws Failure `plan.not_found`, `plan.invalid` (exit 2)
 */
export async function openPlanFile(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, opening a FIFO waits for somebody who writes.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await open(resolve(path), flags).catch((error: unknown) => {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = absent
      ? 'the file does not exist'
      : error instanceof Error
        ? error.message
        : String(error);
    throw new Failure('plan.not_found', `${path}: ${reason}`, {
      hint: 'make one with `salvor recovery plan`, or name the file of another',
      exitCode: 2,
    });
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw invalid(path, 'is not a regular file');
    if (stats.size > MAX_PLAN_BYTES) throw invalid(path, 'is too large for a plan');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a plan's file, from its beginning. */
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
