/** Missing files: candidates for review, decisions, and what nothing was found for. */

/** A recovered file that was taken away again. */
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
