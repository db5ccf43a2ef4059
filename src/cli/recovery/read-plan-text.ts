import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../../core/failure.js';

/** V8 holds no longer text than 512 MiB; 100,000 rows with five candidates each stay below this. */
const MAX_PLAN_BYTES = 400 * 1024 * 1024;
/** A plan has seven levels. Parsing a file of brackets takes gigabytes. */
const MAX_DEPTH = 32;
const CHUNK_BYTES = 1024 * 1024;

/**
 * The text of a plan's file, checked while it is read: a regular file, not too large, not nested too deeply.
 * @throws Failure `plan.not_found`, `plan.invalid` (exit 2)
 */
export async function readPlanText(path: string): Promise<string> {
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
    const chunks: Buffer[] = [];
    const nesting = new Nesting();
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES })) {
      const part = chunk as Buffer;
      bytes += part.length;
      if (bytes > MAX_PLAN_BYTES) throw invalid(path, 'is too large for a plan');
      if (!nesting.take(part)) throw invalid(path, `is nested more than ${MAX_DEPTH} levels deep`);
      chunks.push(part);
    }
    return Buffer.concat(chunks).toString('utf8');
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Follows the brackets of a JSON text across chunks, those in strings left out. */
class Nesting {
  private depth = 0;
  private inString = false;
  private isEscaped = false;

  /** False once it is too deep. */
  take(chunk: Buffer): boolean {
    for (const byte of chunk) {
      if (this.isEscaped) this.isEscaped = false;
      else if (this.inString) {
        if (byte === BACKSLASH) this.isEscaped = true;
        else if (byte === QUOTE) this.inString = false;
      } else if (byte === QUOTE) this.inString = true;
      else if (OPENING.has(byte)) {
        this.depth += 1;
        if (this.depth > MAX_DEPTH) return false;
      } else if (CLOSING.has(byte)) this.depth -= 1;
    }
    return true;
  }
}
