import {
  COMPUTED_AT_KEY,
  isValidRaw,
  markerOf,
  type RawKeys,
  recordedDigest,
} from '../../../core/checksum-marker.js';
import { elsewhereOf } from '../../../core/elsewhere.js';
import { toMicroseconds } from '../../../core/file-time.js';
import type { FileIdentity } from '../../../files/port.js';
import { describeStandIn } from '../../../files/stand-in.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { DriftClass, DriftEntry } from '../../../registry/drift/drift-port.js';
import type { Result } from '../report/results.js';
import type { FileRead } from './file-reads.js';
import { type ComparableDigest, digestList, foundInstead, sourcesOf } from './recorded.js';

export interface DriftFound {
  result: 'drift';
  write: boolean;
  oldSha256: string | null;
  class: DriftClass;
  /** A person rejected exactly this content for this row. */
  rejected: boolean;
  /** The recorded digests that the content contradicts, and the actual ones, as `md5:…`. */
  recorded: string | null;
  found: string | null;
  /** Where those digests are recorded. */
  sources: string | null;
}

/** The decision about a row after its file was read, before anything is written. */
export type Decision =
  /** The digest is recorded or confirmed. `malformed`: the invalid value that was stored as the digest. */
  | { result: 'updated' | 'unchanged'; write: true; malformed?: string }
  | DriftFound
  | {
      result: Exclude<Result, 'updated' | 'unchanged' | 'drift'>;
      write: false;
      reason: string;
      /** Set if it differs from the code of the result. */
      code?: 'row.side_effect' | 'row.refused';
    };

export interface DriftPolicy {
  onDrift: 'record' | 'hold';
  /** A person rejected exactly this content for this row; it is not written again. */
  rejected: boolean;
  /** The open drift of this artifact. */
  open?: Pick<DriftEntry, 'oldSha256' | 'newSha256' | 'class'> | undefined;
  /** Recorded digests of other algorithms that two reads contradict. */
  contradicts?: readonly ComparableDigest[];
}

/** The recorded digest if the read gave a different one: then the file must be read a second time. */
export function contradictedSha256(row: ArtifactRow, read: FileRead): string | undefined {
  if (read.kind !== 'hashed' || row.metadata.kind === 'bad') return undefined;
  const recorded = recordedDigest(row.metadata.keys);
  return recorded.kind === 'digest' && recorded.sha256 !== read.sha256 ? recorded.sha256 : undefined;
}

/**
 * Decides about one row from the registry's values and the results of the reads. A `stopped` read gives no decision.
 */
export function decideRow(
  row: ArtifactRow,
  read: Exclude<FileRead, { kind: 'stopped' }>,
  policy: DriftPolicy,
): Decision {
  if (row.metadata.kind === 'bad')
    return { result: 'bad_metadata', write: false, reason: row.metadata.reason };
  const recorded = recordedDigest(row.metadata.keys);
  const elsewhere = elsewhereOf(row.path ?? '');
  // If a file with exactly that name exists below a root, it was read.
  if (elsewhere !== undefined && (read.kind === 'no_file' || read.kind === 'outside_root'))
    return { result: 'elsewhere', write: false, reason: `the path is ${elsewhere}` };
  switch (read.kind) {
    case 'hashed':
      return ofContent(row, read, policy);
    case 'no_file':
      return { result: recorded.kind === 'digest' ? 'lost' : 'no_file', write: false, reason: read.reason };
    case 'pointer':
      return {
        result: 'pointer',
        write: false,
        reason: describeStandIn(read.standIn),
      };
    case 'ambiguous':
      return { result: 'conflict', write: false, reason: `different files: ${read.paths.join(', ')}` };
    default:
      return { result: read.kind, write: false, reason: read.reason };
  }
}

type Hashed = Extract<FileRead, { kind: 'hashed' }>;

function ofContent(row: ArtifactRow, read: Hashed, policy: DriftPolicy): Decision {
  const recorded = recordedDigest(row.metadata.kind === 'bad' ? {} : row.metadata.keys);
  const onRecord = recorded.kind === 'digest' ? recorded.sha256 : null;
  const { contradicts = [], open, rejected } = policy;
  if (contradicts.length > 0) {
    return {
      ...{ result: 'drift', write: false, oldSha256: onRecord, class: 'recorded', rejected },
      recorded: digestList(contradicts),
      found: foundInstead(contradicts, read),
      sources: sourcesOf(contradicts),
    };
  }
  if (recorded.kind === 'malformed') return { result: 'updated', write: true, malformed: recorded.raw };
  if (onRecord === null) return { result: 'updated', write: true };
  if (onRecord === read.sha256) return { result: 'unchanged', write: true };
  const oldSha256 = undecided(onRecord, open);
  // The content that was recorded before the drift is back: it is recorded again, and the drift has ended.
  if (oldSha256 === read.sha256) return { result: 'unchanged', write: true };
  const drift = { oldSha256, class: classOf(row, oldSha256, read.file.identity), rejected };
  const write = policy.onDrift === 'record' && !rejected;
  return { result: 'drift', write, ...drift, recorded: null, found: null, sources: null };
}

/** The last undisputed digest. Content that was recorded as drift and is still undecided has not replaced it. */
export function undecided(onRecord: string, open: DriftPolicy['open']): string {
  const isRecordedDrift = open !== undefined && open.class !== 'recorded' && open.newSha256 === onRecord;
  return isRecordedDrift ? (open.oldSha256 ?? onRecord) : onRecord;
}

/** Bit rot leaves size and time unchanged; a program that writes updates the file's time. */
function classOf(row: ArtifactRow, oldSha256: string, file: FileIdentity): DriftClass {
  const { digest } = row;
  const mtimeUs = toMicroseconds(file.mtimeNs);
  if (digest !== null && digest.path === row.path && digest.sha256 === oldSha256) {
    if (digest.sizeBytes === file.sizeBytes && digest.mtimeUs === mtimeUs) return 'corrupt';
    return mtimeUs > digest.mtimeUs ? 'rewritten' : 'unknown';
  }
  const markedAt = row.metadata.kind === 'object' ? markedTime(row.metadata.keys) : undefined;
  return markedAt !== undefined && mtimeUs > markedAt ? 'rewritten' : 'unknown';
}

function markedTime(keys: RawKeys): bigint | undefined {
  const raw = keys[COMPUTED_AT_KEY] ?? '';
  if (!isValidRaw(COMPUTED_AT_KEY, raw)) return undefined;
  const ms = Date.parse(raw.slice(1, -1));
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1000n;
}

/** Whether a done row can still be skipped when only the existence and size of its file are checked. */
export function statAgrees(row: ArtifactRow, sizeBytes: number): boolean {
  return row.metadata.kind === 'object' && markerOf(row.metadata.keys)?.sizeBytes === sizeBytes;
}
