/**
 * A person ends an entry by accepting or rejecting it; a later read, when the recorded content is back (`returned`) or
 * newer content was found (`superseded`).
 */
export const DRIFT_STATES = ['open', 'accepted', 'rejected', 'returned', 'superseded'] as const;
export type DriftState = (typeof DRIFT_STATES)[number];

/** `recorded`: the content contradicts a digest that the registry had before Salvor. */
export const DRIFT_CLASSES = ['corrupt', 'rewritten', 'unknown', 'recorded'] as const;
export type DriftClass = (typeof DRIFT_CLASSES)[number];

/** A recorded digest and the one that two reads agree on. */
export interface DriftSighting {
  artifactId: string;
  artifactType: string | null;
  runId: string | null;
  /** Who is named in the journal when this supersedes an older entry. */
  actor: string;
  /** Null where no SHA-256 was on record, only digests of other algorithms. */
  oldSha256: string | null;
  newSha256: string;
  /** The recorded digests that the content contradicts, as `md5:…`, separated by blanks; of class `recorded` only. */
  recordedDigests: string | null;
  /** Where they are recorded, in words: `metadata.md5, data.csv.sha256`. Null for older entries. */
  recordedIn: string | null;
  /** What the file has in their place. */
  foundDigests: string | null;
  /** The file as it was when the recorded digest was computed, as far as that is known. */
  oldSizeBytes: number | null;
  oldMtimeUs: bigint | null;
  sizeBytes: number;
  mtimeUs: bigint;
  path: string;
  root: string;
  class: DriftClass;
  seenAt: Date;
}

/** One difference between what is on record and what was read twice. */
export interface DriftEntry extends Omit<DriftSighting, 'seenAt' | 'actor'> {
  id: string;
  state: DriftState;
  firstSeenAt: Date;
  lastSeenAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
  /** What was decided together has one: `salvor journal undo` takes it all back. */
  decisionId: string | null;
  note: string | null;
}

export interface DriftFilter {
  state?: DriftState | undefined;
  artifactId?: string | undefined;
  types?: readonly string[] | undefined;
  class?: DriftClass | undefined;
  /** Only files whose path begins with this. */
  under?: string | undefined;
  /** The run that saw it last. */
  runId?: string | undefined;
  /** Only entries with ids below this one: the last of the page before. */
  before?: string | undefined;
  limit?: number | undefined;
}

export interface DriftLedger {
  /** The newest first. */
  list(filter: DriftFilter): Promise<DriftEntry[]>;
  get(id: string): Promise<DriftEntry | undefined>;
  openCount(types?: readonly string[]): Promise<number>;
  /** Which of these pairs a person rejected, when that was the last decision about them; as `driftPair` names them. */
  rejected(pairs: readonly DriftPair[]): Promise<ReadonlySet<string>>;
  /** The entry of the artifact that waits for a decision. */
  openOf(artifactId: string): Promise<DriftEntry | undefined>;
  /** Recorded digests of other algorithms, as `md5:…`, against which a person accepted content of the artifact. */
  settledDigests(artifactId: string): Promise<ReadonlySet<string>>;
}

export interface DriftPair {
  artifactId: string;
  /** The recorded digest: a SHA-256, or digests of other algorithms as `md5:…`. */
  old: string;
  newSha256: string;
}

/** A pair as the key of a set. */
export function driftPair(pair: DriftPair): string {
  return `${pair.old} ${pair.newSha256} ${pair.artifactId}`;
}

/** What the file of an entry has now. */
export type ContentNow =
  | { kind: 'content'; sha256: string; sizeBytes: number; mtimeUs: bigint; root: string; readAt: Date }
  /** `isGone`: there is no such file any more. */
  | { kind: 'absent'; isGone: boolean; reason: string };
