import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { DigestAlgorithm } from '../core/recorded-digest.js';
import type { FileIdentity, FoundFile, ReadResult } from './port.js';
import { absenceOf, identityOf, type OpenRoot, openFound, stillLeadsTo } from './safe-open.js';
import type { SecondThread } from './second-thread.js';
import type { ReadBudget } from './shared-control.js';
import { STAND_IN_LIMIT_BYTES, type StandIn, standInOf } from './stand-in.js';

/** File system calls that tests can replace. */
export interface ReadCalls {
  readSync: typeof readSync;
}

/** The resources of one thread. It reuses its buffer, so memory does not grow with the files. */
export interface Reader {
  buffer: Buffer;
  budget: ReadBudget;
  calls: ReadCalls;
  /** A thread for digests other than SHA-256 of large files; if undefined, this thread computes them. */
  second?: (() => SecondThread) | undefined;
}

/** From this file size on, a second thread saves more time than it costs to wake. */
const SECOND_THREAD_BYTES = 4 << 20;

export const systemCalls: ReadCalls = { readSync };

/**
 * Reads one file to its end and hashes it. The digest counts only if the identity, size, and times of the open file
 * have not changed, the number of bytes read matches its size, and the path still leads to it.
 */
export function readFile(
  reader: Reader,
  file: FoundFile,
  root: OpenRoot,
  algorithms: readonly DigestAlgorithm[] = [],
): ReadResult {
  if (reader.budget.stopped) return { kind: 'stopped' };
  const opened = openFound(file, root);
  if (opened.kind === 'moved') return { kind: 'unstable', reason: 'it was replaced' };
  if (opened.kind !== 'open') return opened;
  try {
    const { sizeBytes } = opened.identity;
    const isShared = algorithms.length > 0 && sizeBytes >= SECOND_THREAD_BYTES;
    const second = isShared ? reader.second?.() : undefined;
    const content =
      second === undefined
        ? readToEnd(reader, opened.fd, sizeBytes, algorithms)
        : readWithSecond(reader, second, { fd: opened.fd, sizeBytes, algorithms });
    if (content.kind === 'stopped') return content;
    const change = fileChangeSince(opened.identity, opened.fd, content.bytes, file);
    if (change !== undefined) return { kind: 'unstable', reason: change };
    const standIn = standInIn(content, file);
    if (standIn !== undefined) return { kind: 'pointer', standIn };
    const [sha256 = '', ...others] = content.digests();
    const digests = Object.fromEntries(algorithms.map((algorithm, i) => [algorithm, others[i]]));
    return { kind: 'hashed', sha256, identity: opened.identity, ...(others.length > 0 ? { digests } : {}) };
  } catch (error) {
    return absenceOf(error);
  } finally {
    closeSync(opened.fd);
  }
}

type Content =
  | { kind: 'stopped' }
  /** `head`: the whole content, if it is small enough to be a stand-in. */
  | { kind: 'read'; bytes: number; digests: () => string[]; head: readonly Buffer[] };

/** Stops one read after the original size, because a file that grows as fast as it is read would never end. */
function readToEnd(
  reader: Reader,
  fd: number,
  sizeBytes: number,
  algorithms: readonly DigestAlgorithm[],
): Content {
  const { buffer, budget, calls } = reader;
  const hashes = ['sha256', ...algorithms].map((algorithm) => createHash(algorithm));
  const chunk = budget.chunkBytes(buffer.length);
  const digests = (): string[] => hashes.map((hash) => hash.digest('hex'));
  let total = 0;
  const head: Buffer[] = [];
  for (;;) {
    if (budget.stopped) return { kind: 'stopped' };
    budget.take(Math.min(chunk, Math.max(0, sizeBytes - total)));
    const bytes = calls.readSync(fd, buffer, 0, chunk, null);
    if (bytes === 0) return { kind: 'read', bytes: total, digests, head };
    budget.count(bytes);
    const part = bytes === buffer.length ? buffer : buffer.subarray(0, bytes);
    if (sizeBytes <= STAND_IN_LIMIT_BYTES) head.push(Buffer.from(part));
    total += bytes;
    if (total > sizeBytes) return { kind: 'read', bytes: total, digests, head };
    for (const hash of hashes) hash.update(part);
  }
}

/** Like `readToEnd`, for a large file: computes SHA-256 here and all other digests on the second thread. */
function readWithSecond(
  { budget, calls, buffer }: Reader,
  second: SecondThread,
  { fd, sizeBytes, algorithms }: { fd: number; sizeBytes: number; algorithms: readonly DigestAlgorithm[] },
): Content {
  const sha256 = createHash('sha256');
  const chunk = budget.chunkBytes(buffer.length);
  let total = 0;
  let others: string[] = [];
  second.begin(algorithms);
  try {
    for (;;) {
      if (budget.stopped) return { kind: 'stopped' };
      budget.take(Math.min(chunk, Math.max(0, sizeBytes - total)));
      const slot = second.slot();
      const bytes = calls.readSync(fd, slot, 0, chunk, null);
      if (bytes === 0) break;
      budget.count(bytes);
      total += bytes;
      if (total > sizeBytes) break;
      second.push(bytes);
      sha256.update(slot.subarray(0, bytes));
    }
  } finally {
    others = second.finish();
  }
  return { kind: 'read', bytes: total, digests: () => [sha256.digest('hex'), ...others], head: [] };
}

function standInIn(content: Extract<Content, { kind: 'read' }>, file: FoundFile): StandIn | undefined {
  return standInOf(Buffer.concat(content.head), basename(file.askedPath));
}

/** How the file changed since `before`, after reading `bytesRead` bytes; undefined if it did not. */
export function fileChangeSince(
  before: FileIdentity,
  fd: number,
  bytesRead: number,
  file: FoundFile,
): string | undefined {
  const after = identityOf(fstatSync(fd, { bigint: true }));
  if (after.sizeBytes > before.sizeBytes || bytesRead > before.sizeBytes)
    return 'it grew while it was being read';
  if (after.sizeBytes < before.sizeBytes || bytesRead < before.sizeBytes)
    return 'it shrank while it was being read';
  if (after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
    return 'it changed while it was being read';
  if (!stillLeadsTo(file)) return 'its path led to a different file after it was read';
  return undefined;
}
