import { createHash } from 'node:crypto';
import { Damage } from '../archive/damage.js';
import { Failure } from '../core/failure.js';
import type { ContentSink, Examined, Examiner, Extraction, Wanted } from '../jobs/recovery/source-port.js';

/** A content that was read to its end. */
export interface ReadContent {
  sha256: string;
  sizeBytes: number;
  examined: Examined;
}

/** Reads a content once: hashed and examined on the same bytes. */
export async function hashAndExamine(
  body: AsyncIterable<Uint8Array>,
  examiner: Examiner,
): Promise<ReadContent> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    examiner.push(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes, examined: examiner.end() };
}

/** Copies a content into a sink; a read that breaks leaves nothing. */
export async function copyTo(
  body: AsyncIterable<Uint8Array>,
  sink: ContentSink,
): Promise<{ sha256: string; sizeBytes: number }> {
  try {
    for await (const chunk of body) await sink.write(chunk);
    return await sink.end();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** What an error says, for reports: a source's trouble is data, not an exception. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What became of a content that was copied whole: it must be the one that the plan is about. */
export function copiedExtraction(
  { id, hit }: Wanted,
  { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
): Extraction {
  // What was only a hint was never read before: from now on this is its content.
  if (hit.sha256 === undefined || sha256 === hit.sha256)
    return { id, ok: true, sha256, sizeBytes, verifiedBy: 'sha256' };
  const message = 'its content is not what it was when the plan was made';
  return { id, ok: false, code: 'candidate.changed', message };
}

/** What became of a content that could not be read, or not be written: failures and damage keep their code. */
export function failedExtraction(id: string, error: unknown): Extraction {
  return { id, ok: false, code: codeOf(error), message: messageOf(error) };
}

function codeOf(error: unknown): string {
  if (error instanceof Damage) return `archive.${error.kind}`;
  if (!(error instanceof Failure)) return 'candidate.changed';
  return error.code === 'store.precondition_failed' || error.code === 'store.not_found'
    ? 'candidate.changed'
    : error.code;
}
