import {
  COMPUTED_AT_KEY,
  isValidRaw,
  markerOf,
  type RawKeys,
  recordedDigest,
} from '../../../core/checksum-marker.js';
import { elsewhereOf } from '../../../core/elsewhere.js';
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
  /** The recorded digests that the content contradicts, and what it has in their place, as `md5:…`. */
  recorded: string | null;
  found: string | null;
  /** Where those digests are recorded. */
  sources: string | null;
}

/** What a row's read means, before anything is written. */
export type Decision =
  /** The digest is to be recorded, or is confirmed. `malformed`: what was in the place of a digest. */
  | { result: 'updated' | 'unchanged'; write: true; malformed?: string }
  | DriftFound
  | {
      result: Exclude<Result, 'updated' | 'unchanged' | 'drift'>;
      write: false;
      reason: string;
      /** Where it is not the code of the result. */
      code?: 'row.side_effect' | 'row.refused';
    };

export interface DriftPolicy {
  onDrift: 'record' | 'hold';
  /** A person rejected exactly this content for this row: it is not written again. */
  rejected: boolean;
  /** The drift of this artifact that waits for a decision. */
  open?: Pick<DriftEntry, 'oldSha256' | 'newSha256' | 'class'> | undefined;
  /** Recorded digests of other algorithms that two reads contradict. */
  contradicts?: readonly ComparableDigest[];
}

/** The digest on record, when the read gave another one: then the file must be read a second time. */
export function contradictedSha256(row: ArtifactRow, read: FileRead): string | undefined {
  if (read.kind !== 'hashed' || row.metadata.kind === 'bad') return undefined;
  const recorded = recordedDigest(row.metadata.keys);
  return recorded.kind === 'digest' && recorded.sha256 !== read.sha256 ? recorded.sha256 : undefined;
}

/** One row's decision from what the registry said and what the reads gave. `stopped` reads are no decision. */
export function decideRow(
  row: ArtifactRow,
  read: Exclude<FileRead, { kind: 'stopped' }>,
  policy: DriftPolicy,
): Decision {
  if (row.metadata.kind === 'bad')
    return { result: 'bad_metadata', write: false, reason: row.metadata.reason };
  const recorded = recordedDigest(row.metadata.keys);
  const elsewhere = elsewhereOf(row.path ?? '');
  // A file with exactly that name may exist below a root: then it was read.
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
  // What was recorded before, and nobody doubted, is back: it is on record again, and the drift is over.
  if (oldSha256 === read.sha256) return { result: 'unchanged', write: true };
  const drift = { oldSha256, class: classOf(row, oldSha256, read.file.identity), rejected };
  const write = policy.onDrift === 'record' && !rejected;
  return { result: 'drift', write, ...drift, recorded: null, found: null, sources: null };
}

/** The last digest that nothing speaks against: content that was recorded as drift and not decided about has not replaced it. */
export function undecided(onRecord: string, open: DriftPolicy['open']): string {
  const isRecordedDrift = open !== undefined && open.class !== 'recorded' && open.newSha256 === onRecord;
  return isRecordedDrift ? (open.oldSha256 ?? onRecord) : onRecord;
}

/** Bit rot leaves size and time as they were; a program that writes makes the file younger. */
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

/** What both PostgreSQL's timestamps and JavaScript's dates can hold: file systems hold stranger times. */
const MIN_US = -200_000_000_000_000_000n;
const MAX_US = 8_640_000_000_000_000_000n;

/** A file's time as the registry keeps it. */
export function toMicroseconds(ns: bigint): bigint {
  const us = ns >= 0n ? ns / 1000n : -((-ns + 999n) / 1000n);
  return us < MIN_US ? MIN_US : us > MAX_US ? MAX_US : us;
}

/** Whether a done row is still to be left alone when only size and presence are looked at. */
export function statAgrees(row: ArtifactRow, sizeBytes: number): boolean {
  return row.metadata.kind === 'object' && markerOf(row.metadata.keys)?.sizeBytes === sizeBytes;
}
