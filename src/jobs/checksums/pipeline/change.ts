import { isValidRaw, markerOf, rawMarker, SIZE_KEY } from '../../../core/checksum-marker.js';
import { toMicroseconds } from '../../../core/file-time.js';
import { timeText } from '../../../core/iso-time.js';
import type {
  ArtifactChange,
  ArtifactRow,
  ConfirmedContent,
  DigestEntry,
  JournalNote,
  VerifiedFile,
} from '../../../registry/artifacts/artifacts-port.js';
import type { DriftSighting } from '../../../registry/drift/drift-port.js';
import { standingOf } from './current-marker.js';
import type { Decision } from './decide.js';
import type { FileRead } from './file-reads.js';
import { compareRecorded, digestList, sourcesOf } from './recorded.js';

export interface ChangeContext {
  runId: string;
  actor: string;
  /** The journal action of a write that is not drift. */
  action: 'checksum' | 'verify';
  now: Date;
  rootPath: (index: number) => string;
}

type Hashed = Extract<FileRead, { kind: 'hashed' }>;

/** What to write for a decision about content that was read: a change of the row, or only the time of verification. */
export interface Outcome {
  change?: ArtifactChange;
  verified?: VerifiedFile;
  held?: DriftSighting;
  confirmed?: ConfirmedContent;
}

/**
 * Only those of the three keys that differ are written. If none differs, the row is not changed and only the time of
 * the read is recorded. `file_sha256_computed_at` is written only together with a digest that was computed then.
 */
export function rowOutcome(
  row: ArtifactRow,
  read: Hashed,
  decision: Decision,
  context: ChangeContext,
): Outcome {
  if (row.metadata.kind === 'bad') return {};
  const drift = sightingOf(row, read, decision, context);
  const { runId, actor } = context;
  if (!decision.write) return drift === undefined ? {} : { held: drift };
  const { metadata } = row;
  const standing = standingOf(row, context.now);
  const known = standing.kind !== 'done' ? markerOf(metadata.keys) : standing.marker;
  const { sizeBytes } = read.file.identity;
  const isKnown = known !== undefined && known.sha256 === read.sha256 && known.sizeBytes === sizeBytes;
  const now = timeText(context.now);
  const computedAt = isKnown && standing.kind !== 'future' ? known.computedAt : now;
  const digest = entryOf(row, read, computedAt, context);
  const confirmed =
    drift === undefined ? { confirmed: { artifactId: row.id, sha256: read.sha256, runId, actor } } : {};
  if (isKnown && standing.kind !== 'future') {
    const note = noteOf(context, 'verify', agreementWords(row, read));
    return { verified: { artifactId: row.id, digest, verifiedAt: context.now, note }, ...confirmed };
  }
  const marker = Object.entries(rawMarker({ sha256: read.sha256, sizeBytes, computedAt }));
  const reason = drift
    ? `the file differs from the recorded content (${drift.class})`
    : agreementWords(row, read);
  const change: ArtifactChange = {
    artifactId: row.id,
    read: { path: row.path, metadata, recordedText: row.recordedText },
    keys: Object.fromEntries(marker.filter(([key, raw]) => metadata.keys[key] !== raw)),
    note: noteOf(context, drift ? 'drift' : context.action, reason),
    digest,
    ...(drift ? { drift } : {}),
  };
  return { change, ...confirmed };
}

function noteOf({ runId, actor }: ChangeContext, action: string, reason: string | null): JournalNote {
  return { action, runId, actor, reason };
}

/** Evidence that the content is what was registered. It gets its own journal entry, once. */
function agreementWords(row: ArtifactRow, read: Hashed): string | null {
  const { agrees } = compareRecorded(row, read);
  if (agrees.length === 0) return null;
  return `the content matches ${digestList(agrees)}, recorded earlier in ${sourcesOf(agrees)}`;
}

function entryOf(row: ArtifactRow, read: Hashed, computedAt: string, context: ChangeContext): DigestEntry {
  const { sizeBytes, mtimeNs } = read.file.identity;
  const { agrees } = compareRecorded(row, read);
  return {
    path: row.path ?? '',
    root: context.rootPath(read.file.root),
    sizeBytes,
    mtimeUs: toMicroseconds(mtimeNs),
    sha256: read.sha256,
    computedAt,
    recorded: agrees.length === 0 ? null : digestList(agrees),
  };
}

/** The row for the drift table; undefined for content that a person already rejected. */
function sightingOf(
  row: ArtifactRow,
  read: Hashed,
  decision: Decision,
  context: ChangeContext,
): DriftSighting | undefined {
  if (decision.result !== 'drift' || decision.rejected) return undefined;
  const { sizeBytes, mtimeNs } = read.file.identity;
  const { digest } = row;
  const before = digest !== null && digest.sha256 === decision.oldSha256 ? digest : undefined;
  return {
    artifactId: row.id,
    artifactType: row.type,
    runId: context.runId,
    actor: context.actor,
    oldSha256: decision.oldSha256,
    newSha256: read.sha256,
    recordedDigests: decision.recorded,
    recordedIn: decision.sources,
    foundDigests: decision.found,
    oldSizeBytes: before?.sizeBytes ?? recordedSize(row),
    oldMtimeUs: before?.mtimeUs ?? null,
    sizeBytes,
    mtimeUs: toMicroseconds(mtimeNs),
    path: row.path ?? '',
    root: context.rootPath(read.file.root),
    class: decision.class,
    seenAt: context.now,
  };
}

function recordedSize({ metadata }: ArtifactRow): number | null {
  const raw = metadata.kind === 'object' ? (metadata.keys[SIZE_KEY] ?? null) : null;
  return raw !== null && isValidRaw(SIZE_KEY, raw) ? Number(raw) : null;
}
