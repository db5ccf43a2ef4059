import { createHash } from 'node:crypto';
import { Damage } from '../archive/damage.js';
import { Failure } from '../core/failure.js';
import type { ContentSink, Examined, Examiner, Extraction, Wanted } from '../jobs/recovery/source-port.js';

/** A content that was read completely. */
export interface ReadContent {
  sha256: string;
  sizeBytes: number;
  examined: Examined;
}

/** Reads a content once, to hash and examine the same bytes. */
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

/** Copies a content to a sink. A failed read leaves nothing. */
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

/** The message of an error, for reports: problems of a source are data, not exceptions. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The outcome for a content that was copied completely: it must match the plan. */
export function copiedExtraction(
  { id, hit }: Wanted,
  { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
): Extraction {
  // A hint was never read before, so this defines its content.
  if (hit.sha256 === undefined || sha256 === hit.sha256)
    return { id, ok: true, sha256, sizeBytes, verifiedBy: 'sha256' };
  const message = 'its content has changed since the plan was made';
  return { id, ok: false, code: 'candidate.changed', message };
}

/** The outcome for a content that could not be read or written. Failures and damage keep their code. */
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
