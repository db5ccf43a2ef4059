import { Damage } from '../../../archive/damage.js';
import type { IndexReader } from '../../../archive/index/reader.js';
import { Failure } from '../../../core/failure.js';
import type { Severity } from '../../../core/finding.js';
import type { ObjectInfo } from '../../../objectstore/port.js';
import { type ArchiveRef, storeKind } from '../archive-ref.js';
import { openIndex } from '../restore/ranged-member.js';
import { SpanAudit } from './span-audit.js';

/** The index of an archive that is being checked. */
export interface UsableIndex {
  state: 'same';
  reader: IndexReader;
  audit: SpanAudit;
}

/** Why it cannot be used. */
export interface UnusableIndex {
  state: 'absent' | 'stale' | 'corrupt';
  problem: { code: string; severity: Severity; message: string };
}

export interface IndexUse {
  /** The first byte of the archive that will be read. */
  from: number;
  /** Whether the archive will be decoded, so that windows can be compared. */
  isDecoded: boolean;
  signal?: AbortSignal | undefined;
}

/** Opens the index and prepares the comparison of its spans. */
export async function loadIndex(
  archive: ArchiveRef,
  info: ObjectInfo,
  { from, isDecoded, signal }: IndexUse,
): Promise<UsableIndex | UnusableIndex> {
  try {
    const opened = await openIndex(archive, signal);
    if (opened === undefined) return unusable('absent', 'warning', 'it has no index');
    const { meta } = opened.index.footer;
    const otherEtag = meta.etagOf === storeKind(archive.store) && meta.etag !== info.etag;
    if (meta.sizeBytes !== info.sizeBytes || otherEtag)
      return unusable('stale', 'error', 'its index was built from another version of the archive');
    const audit = new SpanAudit(isDecoded && meta.access === 'gzip', from);
    for await (const checkpoint of opened.index.allCheckpoints()) audit.expect(checkpoint);
    return { state: 'same', reader: opened.index, audit };
  } catch (error) {
    const corrupt = error instanceof Damage || (error instanceof Failure && error.code === 'index.corrupt');
    if (!corrupt) throw error;
    return unusable('corrupt', 'error', error.message);
  }
}

function unusable(state: UnusableIndex['state'], severity: Severity, message: string): UnusableIndex {
  return { state, problem: { code: `index.${state}`, severity, message } };
}
