import type { CompressedTrailing } from '../archive/notes.js';

/** Finds where compressed data ends, without decoding it. */
export interface EndFinder {
  /** Bytes up to this offset certainly belong to the compressed data. */
  readonly certainTo: number;
  readonly trailing: Required<CompressedTrailing> | undefined;
  finish(): void;
}

/**
 * The bytes for the decoder: exactly those of the compressed data, and none that follow it. Holds back the few bytes
 * that may not belong to it. `walk` pushes each chunk to `finder`.
 */
export async function* ownBytes(
  source: AsyncIterable<Uint8Array>,
  finder: EndFinder,
  walk: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  let at = 0;
  for await (const chunk of source) {
    walk(chunk);
    if (at === finder.certainTo && finder.trailing !== undefined) continue;
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const count = finder.certainTo - at;
    if (count > 0) yield bytes.subarray(0, count);
    at += count;
    held = bytes.slice(count);
  }
  finder.finish();
  if (held.length > 0 && finder.trailing === undefined) yield held;
}
