/** Missing files: candidates for review, decisions, and residuals. */

/** The undo of a bind. */
export interface Undone {
  by: string;
  at: string;
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
  /** The decision made after the plan; the next plan applies it. */
  decided: ReviewDecision | null;
}

export interface ReviewDetail extends Omit<ReviewRow, 'candidates'> {
  status: string;
  candidates: ReviewCandidate[];
  decisions: ReviewDecision[];
  /** Set if the bind of its recovered file was undone. */
  undone: Undone | null;
  /** Why no file was bound; null if one was. */
  cause: string | null;
  /** The id of the newest decision. The page sends it back, so that the server can detect a newer one. */
  last_decision: string | null;
  destination: string | null;
  trusted_sha256: string[];
  expected_size_bytes: number | null;
}

/** A missing file for which the last applied plan found no acceptable candidate. */
export interface ResidualRow {
  artifact_id: string;
  artifact_type: string;
  title: string | null;
  file_path: string | null;
  expected: string[];
  status: string;
  /** The most likely cause, what was searched, and the newest reference, in one text. */
  cause: string;
  /** Number of files with a merely similar name. */
  similar: number;
  updated_at: string;
}
