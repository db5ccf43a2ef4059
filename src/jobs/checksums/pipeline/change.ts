import { rawMarker } from '../../../core/checksum-marker.js';
import { timeText } from '../../../core/iso-time.js';
import type {
  ArtifactChange,
  ArtifactRow,
  DriftSighting,
} from '../../../registry/artifacts/artifacts-port.js';
import { type Decision, microseconds } from './decide.js';
import type { FileRead } from './file-reads.js';

export interface ChangeContext {
  runId: string;
  actor: string;
  /** The action of a write that is no drift. */
  action: 'checksum' | 'verify';
  now: Date;
  rootPath: (index: number) => string;
}

type Hashed = Extract<FileRead, { kind: 'hashed' }>;

/** The change that writes what was read: of the three keys those that differ, nothing else. */
export function checksumChange(
  row: ArtifactRow,
  read: Hashed,
  decision: Decision,
  context: ChangeContext,
): ArtifactChange | undefined {
  if (row.metadata.kind === 'bad' || !decision.write) return undefined;
  const { metadata } = row;
  const { sizeBytes, mtimeNs } = read.file.identity;
  const computedAt = timeText(context.now);
  const marker = Object.entries(rawMarker({ sha256: read.sha256, sizeBytes, computedAt }));
  const drift = sightingOf(row, read, decision, context);
  return {
    artifactId: row.id,
    read: { path: row.path, metadata },
    keys: Object.fromEntries(marker.filter(([key, raw]) => metadata.keys[key] !== raw)),
    note: {
      action: drift ? 'drift' : context.action,
      runId: context.runId,
      actor: context.actor,
      reason: drift ? `the file differs from what is on record (${drift.class})` : null,
    },
    digest: {
      path: row.path ?? '',
      root: context.rootPath(read.file.root),
      sizeBytes,
      mtimeUs: microseconds(mtimeNs),
      sha256: read.sha256,
      computedAt,
    },
    ...(drift ? { drift } : {}),
  };
}

/** What the drift table is told; nothing for content that a person has rejected already. */
export function sightingOf(
  row: ArtifactRow,
  read: Hashed,
  decision: Decision,
  context: ChangeContext,
): DriftSighting | undefined {
  if (decision.result !== 'drift' || decision.rejected) return undefined;
  const { sizeBytes, mtimeNs } = read.file.identity;
  return {
    artifactId: row.id,
    artifactType: row.type,
    runId: context.runId,
    oldSha256: decision.oldSha256,
    newSha256: read.sha256,
    sizeBytes,
    mtimeUs: microseconds(mtimeNs),
    path: row.path ?? '',
    root: context.rootPath(read.file.root),
    class: decision.class,
    seenAt: context.now,
  };
}
