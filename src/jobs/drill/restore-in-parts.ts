import { ResumableSha256 } from '../../core/resumable-sha256.js';
import type { ArchiveParts } from '../../registry/archive-parts-port.js';
import type { Copy } from './backups.js';
import type { Scratch } from './scratch.js';

/** A piece takes at most this long and is at most this large: a killed drill loses no more, and the scratch folder needs no more. */
const PIECE_MS = 5000;
const PIECE_BYTES = 256 << 20;

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
  const { parts, scratch } = ports;
  const { sizeBytes } = copy.member;
  const kept = await parts.get(artifactId);
  const loaded = kept?.identity === copy.identity ? await ResumableSha256.load(kept.state) : undefined;
  const hash = loaded ?? (await ResumableSha256.create());
  const start = loaded === undefined ? 0 : (kept?.offsetBytes ?? 0);
  let offset = start;
  const save = (): Promise<void> =>
    parts.save({
      subject: artifactId,
      archiveUrl: copy.url,
      identity: copy.identity,
      sizeBytes,
      offsetBytes: offset,
      state: hash.save(),
      advancedBytes: offset - start,
    });
  await save();
  const content = copy.readFrom(offset)[Symbol.asyncIterator]();
  try {
    while (offset < sizeBytes && ports.hasTime() && ports.bytesLeft() > 0) {
      const before = offset;
      await scratch.pass(piece(content, ports), hash, (count) => {
        offset += count;
        ports.onBytes(count);
      });
      if (offset === before) break;
      await save();
    }
  } finally {
    await content.return?.();
  }
  if (offset < sizeBytes) return { kind: 'stopped', advancedBytes: offset - start };
  return { kind: 'finished', sha256: hash.digest() };
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
