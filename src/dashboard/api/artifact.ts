import type { DriftRow } from './drift.js';
import type { FindingRow } from './listings.js';
import type { Undone } from './recovery.js';

/** One artifact with its journal entries. */

export interface JournalRow {
  id: string;
  run_id: string | null;
  artifact_id: string;
  action: string;
  /** JSON text, truncated if long. */
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
  /** The last restore attempt. It is a proof only if `of_current`: it restored the content that is recorded now. */
  proof: { at: string; ok: boolean; of_current: boolean } | null;
  drift: DriftRow[];
  journal: JournalRow[];
  /** The status after the last applied plan, and whether its bind was undone later. */
  recovery: { status: string; updated_at: string; undone: Undone | null } | null;
  /** Open findings about it, from any job. */
  findings: (FindingRow & { job: string; scope: string })[];
}
