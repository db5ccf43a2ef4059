import { type ArchiveParts, PartInProgress } from '../../registry/archive-parts-port.js';
import type { ProofSubject } from '../../registry/recovery/proofs-port.js';
import type { Copy } from './backups.js';
import type { Scratch } from './scratch.js';

/** A piece takes at most this long and is at most this large: a killed drill loses no more, and the scratch folder needs no more. */
const PIECE_MS = 5000;
const PIECE_BYTES = 256 << 20;

/** An artifact whose content does not fit into one drill, and why. */
export interface LargeContent {
  subject: ProofSubject;
  sizeBytes: number;
  reason: string;
  /** The archive from which earlier drills restored a part. */
  archiveUrl?: string;
}

export interface PartsPorts {
  parts: ArchiveParts;
  scratch: Scratch;
  monotonicMs(): number;
  /** The bytes that may still be restored. */
  bytesLeft(): number;
  hasTime(): boolean;
  onBytes(count: number): void;
}

/** The digest of a content whose end was reached, or how many bytes further this drill came. */
export type PartRestored = { kind: 'finished'; sha256: string } | { kind: 'stopped'; advancedBytes: number };

/**
 * Restores a content that takes longer than one drill, from where the last drill stopped. Each piece is written to the
 * scratch folder and hashed as read back; the state of the hash is saved after each piece and is used only for exactly
 * the same bytes of the same version of the archive.
 * @throws Damage or Failure, like the reading of a whole copy
 */
export async function restoreInParts(
  artifactId: string,
  copy: Copy,
  ports: PartsPorts,
): Promise<PartRestored> {
  const { url: archiveUrl, identity } = copy;
  const { sizeBytes } = copy.member;
  const part = await PartInProgress.open(ports.parts, {
    subject: artifactId,
    archiveUrl,
    identity,
    sizeBytes,
  });
  await part.save();
  const content = copy.readFrom(part.offset)[Symbol.asyncIterator]();
  try {
    while (!part.isFinished && ports.hasTime() && ports.bytesLeft() > 0) {
      const before = part.offset;
      await ports.scratch.pass(piece(content, ports), part.hash, (count) => {
        part.offset += count;
        ports.onBytes(count);
      });
      if (part.offset === before) break;
      await part.save();
    }
  } finally {
    await content.return?.();
  }
  if (!part.isFinished) return { kind: 'stopped', advancedBytes: part.advancedBytes };
  return { kind: 'finished', sha256: part.hash.digest() };
}

/** The next bytes, up to the limits of a piece and of the drill. */
async function* piece(content: AsyncIterator<Uint8Array>, ports: PartsPorts): AsyncGenerator<Uint8Array> {
  const startedMs = ports.monotonicMs();
  for (let bytes = 0; bytes < PIECE_BYTES && ports.monotonicMs() - startedMs < PIECE_MS; ) {
    if (!ports.hasTime() || ports.bytesLeft() <= 0) return;
    const next = await content.next();
    if (next.done === true) return;
    const taken = next.value.subarray(0, ports.bytesLeft());
    bytes += taken.length;
    yield taken;
  }
}
