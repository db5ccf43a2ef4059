/**
 * What the server answers and the pages read: JSON, snake_case, times as RFC 3339 in UTC. Both sides compile against
 * this file, so that neither can change it alone. It imports nothing, as it runs in the browser too.
 */

/** A page of a list that is read by keyset: `next` is the cursor of the page after it, null on the last one. */
export interface Page<T> {
  rows: T[];
  next: string | null;
}

export interface ApiError {
  error: { code: string; message: string; hint: string | null };
}

export interface SessionInfo {
  version: string;
  /** Who is signed in; null for nobody. */
  actor: string | null;
  /** Goes into the header `x-csrf-token` of every change; null when nobody is signed in. */
  csrf: string | null;
  /** Nothing can be seen without signing in. */
  sign_in_needed: boolean;
  read_only: boolean;
  /** Which decisions this server can carry out. */
  can: { drift: boolean; review: boolean; undo: boolean };
  registry: string;
  host: string;
}

export type RunStatus = 'running' | 'ok' | 'partial' | 'findings' | 'incomplete' | 'interrupted';

export interface RunInfo {
  id: string;
  job: string;
  scope: string;
  host: string;
  status: RunStatus;
  exit_code: number | null;
  qualifying: boolean;
  version: string;
  started_at: string;
  heartbeat_at: string;
  finished_at: string | null;
  /** Running, and no sign of life for five minutes. */
  silent: boolean;
}

export interface LiveRun extends RunInfo {
  /** Entries that the run has put into the journal so far, counted up to `changes_limit`. */
  changes: number;
  changes_limit: number;
}

export interface RunFinding {
  code: string;
  severity: 'info' | 'warning' | 'error';
  subject: string;
  message: string;
  first_seen_at: string;
  new: boolean;
  baseline: boolean;
  /** It has not ended since. */
  open: boolean;
}

export interface RunDetail extends RunInfo {
  /** Why it could not run, or not finish. */
  failures: { code: string; message: string; hint: string | null }[];
  /** What was taken back of it. */
  undone: { changes: number; at: string; by: string } | null;
  findings: Page<RunFinding>;
  options: Record<string, unknown>;
  summary: Record<string, unknown> | null;
  changes: number;
  changes_limit: number;
}

/** Rows of one artifact type, as the last census counted them. */
export interface TypeCensus {
  type: string;
  artifacts: number;
  with_path: number;
  /** The file was read whole, its digest is on record, and no drift of it is open. */
  verified: number;
  /** A restore from the backups gave exactly the recorded content. */
  proven: number;
  /** Verified or proven. */
  recoverable: number;
}

export interface Census {
  as_of: string;
  took_ms: number;
  totals: TypeCensus;
  types: TypeCensus[];
  /** The longest ago that a verified file was read; null when none was. */
  oldest_verified_at: string | null;
  oldest_proof_at: string | null;
  newest_proof_at: string | null;
  /** Whether drills have a place to keep their proofs yet. */
  proofs_kept: boolean;
}

export type CensusState =
  | { state: 'counting'; since: string }
  | { state: 'none'; reason: string }
  | { state: 'failed'; reason: string }
  | { state: 'ready'; census: Census; recounting: boolean };

/** A recovered file that was taken away again. */
export interface Undone {
  by: string;
  at: string;
}

/** Something that only a person can settle, or that a person must look into. */
export interface Need {
  kind: 'drift' | 'review' | 'listings' | 'finding' | 'watchdog' | 'silent';
  severity: 'error' | 'warning';
  /** Of the finding; null for what is none. */
  code: string | null;
  count: number;
  /** What is wrong, in words that follow the count. */
  title: string;
  /** The one that has been open for the longest, or a few of them. */
  subject: string | null;
  detail: string;
  /** What to do about it. */
  action: string | null;
  /** What to type next. */
  command: string | null;
  job: string | null;
  since: string | null;
  href: string;
}

export interface Overview {
  census: CensusState;
  needs: Need[];
  jobs: RunInfo[];
  /** Null where nothing is configured under `watchdog.expect`: then nobody may say that all is well. */
  expectations: { expected: number; red: number } | null;
  /** When a qualifying run that checks something last ended with exit code 0; null when none ever did. */
  last_verified_at: string | null;
}

/** Everything open of one code, in one scope of one job. */
export interface OpenCause {
  job: string;
  scope: string;
  code: string;
  severity: 'info' | 'warning' | 'error';
  count: number;
  baseline: number;
  /** What is wrong, in words that follow the count. */
  words: string;
  /** What the code means, and what to do about it. */
  meaning: string | null;
  action: string | null;
  command: string;
  since: string;
  /** The one that has been open for the longest. */
  subject: string;
}

export interface ListingCounts {
  archives_total: number;
  present: number;
  missing: number;
  too_small: number;
  pending: number;
  exempt: number;
  stale: number;
  violations: number;
  bytes_archived: number;
  newest_archive_at: string | null;
}

export interface ListingScope extends ListingCounts {
  /** Open errors that no baseline covers. */
  errors: number;
  scope: string;
  run: RunInfo;
  partitions: number;
  baseline: number;
}

export interface ListingPartition extends ListingCounts {
  /** Open errors of its archives, overdue and vanished ones included, that no baseline covers. */
  errors: number;
  scope: string;
  name: string;
  url: string;
  state: string;
}

/** One point of a curve: how a scope or a partition stood at the end of a run. */
export interface ListingPoint {
  run_id: string;
  at: string;
  status: RunStatus;
  archives_total: number;
  present: number;
  violations: number;
  exempt: number;
}

export interface FindingRow {
  id: string;
  code: string;
  severity: 'info' | 'warning' | 'error';
  subject: string;
  message: string;
  violation: boolean;
  baseline: boolean;
  first_seen_at: string;
  last_seen_at: string;
}

export interface ChecksumRun {
  run: RunInfo;
  /** The plain numbers of the run's summary. */
  counts: Record<string, number>;
  by_type: Record<string, Record<string, number>>;
}

export interface ChecksumsView {
  census: CensusState;
  /** The last run that ended, and the last scrub. */
  backfill: ChecksumRun | null;
  scrub: ChecksumRun | null;
  open_drift: Record<string, number>;
  /** What jobs on checksums found and is still open, by cause. */
  open: OpenCause[];
  /** Large files that are being read over several runs; null where there are none. */
  partial: PartialReads | null;
}

export interface PartialReads {
  files: number;
  bytes_read: number;
  bytes_total: number;
  /** The largest, up to 20. */
  largest: PartialRead[];
}

export interface PartialRead {
  artifact_id: string;
  path: string;
  host: string;
  bytes_read: number;
  bytes_total: number;
  /** How far the last run that read it came. */
  bytes_last_run: number;
  started_at: string;
  updated_at: string;
}

export type DriftClass = 'corrupt' | 'rewritten' | 'unknown' | 'recorded';
type DriftState = 'open' | 'accepted' | 'rejected' | 'returned' | 'superseded';

export interface DriftRow {
  id: string;
  run_id: string | null;
  artifact_id: string;
  artifact_type: string | null;
  title: string | null;
  path: string;
  root: string;
  old_sha256: string;
  new_sha256: string;
  size_bytes: number;
  mtime: string;
  class: DriftClass;
  state: DriftState;
  first_seen_at: string;
  last_seen_at: string;
  decided_by: string | null;
  decided_at: string | null;
  note: string | null;
}

export interface DriftDetail extends DriftRow {
  /** Size and time of the recorded content, as the entry kept them; null where they were not known. */
  before: { size_bytes: number; mtime: string | null } | null;
  /** Of class `recorded`: what the file has of those digests that were on record before Salvor came. */
  found_digests: string | null;
  /** What is on record of the last whole read. */
  digest: { sha256: string; size_bytes: number; mtime: string; computed_at: string } | null;
  /** What the registry says now. */
  recorded_sha256: string | null;
}

export interface ReviewCandidate {
  cid: string;
  source: string;
  path: string;
  size_bytes: number | null;
  mtime: string | null;
  sha256: string | null;
  tier: string;
  evidence: string[];
  rejected: string | null;
}

export interface ReviewDecision {
  decision: 'accept' | 'reject' | 'unrecoverable' | 'withdraw';
  cid: string | null;
  note: string | null;
  actor: string;
  at: string;
}

export interface ReviewRow {
  artifact_id: string;
  artifact_type: string;
  title: string | null;
  file_path: string | null;
  expected: string[];
  rule: string;
  explanation: string;
  candidates: number;
  updated_at: string;
  /** Decided since the plan was made: the next plan carries it out. */
  decided: ReviewDecision | null;
}

export interface ReviewDetail extends Omit<ReviewRow, 'candidates'> {
  status: string;
  candidates: ReviewCandidate[];
  decisions: ReviewDecision[];
  /** The file that was recovered for it was taken away again since. */
  undone: Undone | null;
  /** Why nothing was bound, where that is so. */
  cause: string | null;
  /** The newest decision, which a decision made on this page names. */
  last_decision: string | null;
  destination: string | null;
  trusted_sha256: string[];
  expected_size_bytes: number | null;
}

/** A missing file for which the last applied plan found nothing to bind. */
export interface ResidualRow {
  artifact_id: string;
  artifact_type: string;
  title: string | null;
  file_path: string | null;
  expected: string[];
  status: string;
  /** The most likely cause, what was searched, and the newest reference, as one text. */
  cause: string;
  /** Names that are only similar. */
  similar: number;
  updated_at: string;
}

export interface JournalRow {
  id: string;
  run_id: string | null;
  artifact_id: string;
  action: string;
  /** JSON text, cut where it is long. */
  before: string;
  after: string;
  reason: string | null;
  actor: string;
  at: string;
  undoes: string | null;
  undone_by: string | null;
}

export interface ArtifactDetail {
  id: string;
  type: string | null;
  title: string | null;
  path: string | null;
  metadata: string | null;
  digest: { sha256: string; path: string; size_bytes: number; mtime: string; computed_at: string } | null;
  /** The last restore that was tried; it proves something when it was of the content on record now. */
  proof: { at: string; ok: boolean; of_current: boolean } | null;
  drift: DriftRow[];
  journal: JournalRow[];
  /** How the last applied plan left it, and whether that was undone since. */
  recovery: { status: string; updated_at: string; undone: Undone | null } | null;
  /** What is open about it, from any job. */
  findings: (FindingRow & { job: string; scope: string })[];
}

export interface ActionResult {
  message: string;
  /** What was asked for and not done, with the reason. */
  refused: { subject: string; reason: string }[];
}
