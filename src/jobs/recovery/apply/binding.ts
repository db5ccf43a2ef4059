import { rawMarker } from '../../../core/checksum-marker.js';
import { timeText } from '../../../core/iso-time.js';
import type { ArtifactChange, ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import { RECOVERED_FROM, UNRECOVERABLE_KEYS } from '../plan/basis.js';
import type { PlanCandidate, PlanHead, PlanRow } from '../plan/plan-document.js';
import type { VerifiedBy } from '../source-port.js';
import type { Task } from './task.js';

/** A proven content. */
export interface Proven {
  sizeBytes: number;
  mtimeUs: bigint;
  sha256: string;
  verifiedBy: VerifiedBy;
}

export interface BindContext {
  plan: PlanHead;
  runId: string;
  actor: string;
  now: Date;
}

/** The change that binds a recovered file to its artifact: path, checksum keys, origin, and journal note. */
export function bindChange(
  { artifact, row, candidate }: Task,
  proven: Proven,
  context: BindContext,
): ArtifactChange {
  if (artifact.metadata.kind === 'bad') throw new Error('metadata that is not an object cannot be changed');
  const computedAt = timeText(context.now);
  const { sizeBytes, mtimeUs } = proven;
  const path = row.destination_path ?? artifact.path;
  const from = {
    source: candidate.source,
    object: candidate.object,
    etag: candidate.version,
    member: candidate.member,
    verified_by: proven.verifiedBy,
    cid: candidate.cid,
    plan_id: context.plan.plan_id,
  };
  // A bind removes the unrecoverable mark.
  const unmarked = UNRECOVERABLE_KEYS.filter(
    (key) => (artifact.metadata.kind === 'object' ? artifact.metadata.keys[key] : null) !== null,
  );
  return {
    artifactId: artifact.id,
    read: { path: artifact.path, metadata: artifact.metadata, recordedText: artifact.recordedText },
    ...(path === artifact.path ? {} : { path }),
    keys: {
      ...rawMarker({ sha256: proven.sha256, sizeBytes, computedAt }),
      [RECOVERED_FROM]: jsonText(from),
      ...Object.fromEntries(unmarked.map((key) => [key, null])),
    },
    note: { action: 'bind', runId: context.runId, actor: context.actor, reason: row.explanation },
    digest: {
      path: path ?? '',
      root: context.plan.destination,
      sizeBytes,
      mtimeUs,
      sha256: proven.sha256,
      computedAt,
    },
  };
}

/** The change that marks the file of an artifact as permanently lost. */
export function unrecoverableChange(
  artifact: ArtifactRow,
  reason: string,
  note: { runId: string | null; actor: string; now: Date },
): ArtifactChange {
  if (artifact.metadata.kind === 'bad') throw new Error('metadata that is not an object cannot be changed');
  return {
    artifactId: artifact.id,
    read: { path: artifact.path, metadata: artifact.metadata, recordedText: artifact.recordedText },
    keys: {
      file_unrecoverable: 'true',
      file_unrecoverable_reason: jsonText(reason),
      file_unrecoverable_at: JSON.stringify(timeText(note.now)),
    },
    note: { action: 'unrecoverable', runId: note.runId, actor: note.actor, reason },
  };
}

/** Whether an earlier, killed apply of this plan already bound the row to this candidate. */
export function isBoundAlready(
  artifact: ArtifactRow,
  row: PlanRow,
  candidate: PlanCandidate,
  planId: string,
): boolean {
  if (artifact.metadata.kind === 'bad' || artifact.path !== row.destination_path) return false;
  const raw = artifact.metadata.keys[RECOVERED_FROM] ?? null;
  if (raw === null) return false;
  const from: unknown = JSON.parse(raw);
  const isObject = typeof from === 'object' && from !== null && 'cid' in from && 'plan_id' in from;
  return isObject && from.cid === candidate.cid && from.plan_id === planId;
}

/** A change as stored in a to-do, so that a later process can complete it. */
export function serializeChange(change: ArtifactChange): unknown {
  const { digest } = change;
  const stored =
    digest === undefined || digest === 'forget' ? digest : { ...digest, mtimeUs: String(digest.mtimeUs) };
  return { ...change, digest: stored };
}

/** The reverse of `serializeChange`. */
export function deserializeChange(stored: unknown): ArtifactChange {
  const change = stored as ArtifactChange & { digest?: { mtimeUs: string } | 'forget' };
  const { digest, ...rest } = change;
  if (digest === undefined || digest === 'forget') return change;
  return { ...rest, digest: { ...digest, mtimeUs: BigInt(digest.mtimeUs) } };
}

/** PostgreSQL's `jsonb` rejects NUL and lone surrogates; the name of a member may contain both. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replace(/\0|\p{Cs}/gu, '\ufffd') : inner,
  );
}
