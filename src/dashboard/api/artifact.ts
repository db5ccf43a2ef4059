import type { DriftRow } from './drift.js';
import type { FindingRow } from './listings.js';
import type { Undone } from './recovery.js';

/** One artifact and its journal. */

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
