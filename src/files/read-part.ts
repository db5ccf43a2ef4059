import { closeSync } from 'node:fs';
import type { DigestAlgorithm } from '../core/recorded-digest.js';
import { ResumableHash } from '../core/resumable-hash.js';
import type { FileIdentity, FoundFile, HashStates, PartRequest, ReadResult } from './port.js';
import { fileChangeSince, type Reader } from './read-file.js';
import { absenceOf, type OpenRoot, openFound } from './safe-open.js';

/**
 * Reads at most `maxBytes` of a file from the end of an earlier part, with hashes whose state can be saved. If the reader
 * is asked to stop, the part ends early and nothing is lost. The digests of the last part are equivalent to those of a
 * whole read.
 */
export async function readPart(
  reader: Reader,
  file: FoundFile,
  root: OpenRoot,
  { algorithms, part }: { algorithms: readonly DigestAlgorithm[]; part: PartRequest },
): Promise<ReadResult> {
  if (reader.budget.stopped) return { kind: 'stopped' };
  const opened = openFound(file, root);
  if (opened.kind === 'moved') return { kind: 'unstable', reason: 'it was replaced' };
  if (opened.kind !== 'open') return opened;
  try {
    if (!sameFile(opened.identity, file.identity))
      return { kind: 'unstable', reason: 'it changed since it was found' };
    const hashes = await hashesFrom(['sha256', ...algorithms], part);
    const { offset, isEnd } = readOn(reader, opened.fd, hashes, {
      ...part,
      sizeBytes: opened.identity.sizeBytes,
    });
    const change = fileChangeSince(
      opened.identity,
      opened.fd,
      isEnd ? offset : opened.identity.sizeBytes,
      file,
    );
    if (change !== undefined) return { kind: 'unstable', reason: change };
    if (!isEnd) return { kind: 'partial', offset, states: statesOf(hashes), identity: opened.identity };
    const digests = Object.fromEntries([...hashes].map(([name, hash]) => [name, hash.digest()]));
    const { sha256 = '', ...others } = digests as Record<string, string>;
    return { kind: 'hashed', sha256, digests: others, identity: opened.identity };
  } catch (error) {
    return absenceOf(error);
  } finally {
    closeSync(opened.fd);
  }
}

type Hashes = ReadonlyMap<DigestAlgorithm, ResumableHash>;

/** @throws Error for states of another build. The caller must have verified that the states are unchanged. */
async function hashesFrom(algorithms: readonly DigestAlgorithm[], { from }: PartRequest): Promise<Hashes> {
  const hashes = new Map<DigestAlgorithm, ResumableHash>();
  for (const algorithm of algorithms)
    hashes.set(algorithm, await ResumableHash.create(algorithm, from?.states[algorithm]));
  return hashes;
}

function statesOf(hashes: Hashes): HashStates {
  return Object.fromEntries([...hashes].map(([name, hash]) => [name, hash.save()]));
}

function readOn(
  { buffer, budget, calls }: Reader,
  fd: number,
  hashes: Hashes,
  { from, maxBytes, sizeBytes }: PartRequest & { sizeBytes: number },
): { offset: number; isEnd: boolean } {
  let offset = from?.offset ?? 0;
  const end = Math.min(sizeBytes, offset + maxBytes);
  while (offset < end) {
    if (budget.stopped) return { offset, isEnd: false };
    const wanted = Math.min(budget.chunkBytes(buffer.length), end - offset);
    budget.take(wanted);
    const bytes = calls.readSync(fd, buffer, 0, wanted, offset);
    if (bytes === 0) return { offset, isEnd: true };
    budget.count(bytes);
    const content = buffer.subarray(0, bytes);
    for (const hash of hashes.values()) hash.update(content);
    offset += bytes;
  }
  return { offset, isEnd: offset === sizeBytes };
}

function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
