/** Files whose content is not the recorded one. */

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
