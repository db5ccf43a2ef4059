import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../../../core/failure.js';

/** A million rows of some 10 kB each; what is read of them is bounded row by row. */
const MAX_PLAN_BYTES = 16 * 1024 ** 3;
const CHUNK_BYTES = 1024 * 1024;

/**
 * The bytes of a plan's file, which must be a regular one.
 * @throws Failure `plan.not_found`, `plan.invalid` (exit 2)
 */
export async function* planChunks(path: string): AsyncGenerator<Uint8Array> {
  // Without O_NONBLOCK, opening a FIFO waits for somebody who writes.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await open(resolve(path), flags).catch((error: unknown) => {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = absent ? 'there is no such file' : error instanceof Error ? error.message : String(error);
    throw new Failure('plan.not_found', `${path}: ${reason}`, {
      hint: 'make one with `salvor recovery plan`, or name another with --plan',
      exitCode: 2,
    });
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw invalid(path, 'is not a regular file');
    if (stats.size > MAX_PLAN_BYTES) throw invalid(path, 'is too large for a plan');
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES }))
      yield chunk as Buffer;
  } finally {
    await file.close();
  }
}

function invalid(path: string, what: string): Failure {
  return new Failure('plan.invalid', `${path} ${what}`, {
    hint: 'make a new plan with `salvor recovery plan`',
    exitCode: 2,
  });
}
