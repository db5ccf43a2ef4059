import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { DigestAlgorithm } from '../core/recorded-digest.js';
import type { FileIdentity, FoundFile, ReadResult } from './port.js';
import { absenceOf, identityOf, type OpenRoot, openFound, stillLeadsTo } from './safe-open.js';
import type { SecondThread } from './second-thread.js';
import type { ReadBudget } from './shared-control.js';
import { STAND_IN_LIMIT_BYTES, type StandIn, standInOf } from './stand-in.js';

/** The calls into the file system that a test may make fail. */
export interface ReadCalls {
  readSync: typeof readSync;
}

/** One thread's means: its buffer is used for every file, so memory does not grow with what is read. */
export interface Reader {
  buffer: Buffer;
  budget: ReadBudget;
  calls: ReadCalls;
  /** Hashes what is computed beside SHA-256, of large files; undefined: this thread does. */
  second?: (() => SecondThread) | undefined;
}

/** From here on a second thread saves more than it costs to wake it. */
const SECOND_THREAD_BYTES = 4 << 20;

export const systemCalls: ReadCalls = { readSync };

/**
 * Reads one file to its end and hashes it. The digest counts only when identity, size and times of the open file
 * are afterwards what they were before, as many bytes were read as it has, and the path still leads to it.
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
  /** `head`: all of it, where it is small enough to be a stand-in. */
  | { kind: 'read'; bytes: number; digests: () => string[]; head: readonly Buffer[] };

/** Stops one read beyond the size that the file had: one that grows as fast as it is read would never end. */
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

/** The same for a large file: SHA-256 here, everything else on the second thread. */
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

/** What happened to the file since `before`, of which `bytesRead` were read; undefined where nothing did. */
export function fileChangeSince(
  before: FileIdentity,
  fd: number,
  bytesRead: number,
  file: FoundFile,
): string | undefined {
  const after = identityOf(fstatSync(fd, { bigint: true }));
  if (after.sizeBytes > before.sizeBytes || bytesRead > before.sizeBytes) return 'it grew while it was read';
  if (after.sizeBytes < before.sizeBytes || bytesRead < before.sizeBytes)
    return 'it shrank while it was read';
  if (after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
    return 'it changed while it was read';
  if (!stillLeadsTo(file)) return 'its path led elsewhere after it was read';
  return undefined;
}
