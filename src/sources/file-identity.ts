import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Examiner, KnownFile, Query } from '../jobs/recovery/source-port.js';
import { hashAndExamine, type ReadContent } from './hashing.js';

/** Identifies one version of a file: if any of this changes, its content may have changed. */
export function fileIdentity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** When a file last changed, in milliseconds, by any of its times. */
function changedMs({ mtimeMs, ctimeMs }: BigIntStats): number {
  return Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
}

/** How to read a file. */
interface Reading {
  /** Names the file, and what it is checked as. */
  place: string;
  body: () => AsyncIterable<Uint8Array>;
  examiner: () => Examiner;
  /** Whether the content is the expected one. If not, it is neither used nor remembered. */
  isRight?: (content: ReadContent) => boolean;
}

/**
 * Hashes and examines an open file, unless an earlier plan read exactly this version of it. Undefined if its content is
 * not the expected one.
 * @throws Error if the file changed while it was being read
 */
export async function readOrRecall(
  file: Pick<FileHandle, 'stat'>,
  { place, body, examiner, isRight = () => true }: Reading,
  memory: Query['memory'],
): Promise<ReadContent | undefined> {
  const startedMs = memory?.nowMs() ?? 0;
  const before = await file.stat({ bigint: true });
  const identity = fileIdentity(before);
  const known = memory?.recallFile(place, identity);
  if (known !== undefined) return contentOf(known);
  const content = await hashAndExamine(body(), examiner());
  const after = await file.stat({ bigint: true });
  const hasChanged = after.mtimeNs !== before.mtimeNs || after.size !== before.size;
  if (hasChanged || content.sizeBytes !== Number(after.size))
    throw new Error('it changed while it was being read');
  if (!isRight(content)) return undefined;
  // A new hard link changes the time of the inode only: the content is good, but its identity is another one.
  if (fileIdentity(after) === identity)
    memory?.rememberFile(place, { identity, ...content }, { changedMs: changedMs(before), startedMs });
  return content;
}

/** What an earlier plan read, as if it had been read now. */
export function contentOf({ sha256, sizeBytes, examined }: KnownFile): ReadContent {
  return { sha256, sizeBytes, examined };
}
