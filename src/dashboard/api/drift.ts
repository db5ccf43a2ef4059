/** Files whose content differs from the recorded digest. */

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
  /** Size and modification time of the recorded content, as stored in the drift entry; null if unknown. */
  before: { size_bytes: number; mtime: string | null } | null;
  /** For class `recorded`: where those digests are recorded, such as `metadata.md5`; null for older entries. */
  recorded_in: string | null;
  /** For class `recorded`: the file's own digests, of the kinds that were recorded before Salvor first read it. */
  found_digests: string | null;
  /** The result of the last complete read. */
  digest: { sha256: string; size_bytes: number; mtime: string; computed_at: string } | null;
  /** The digest that the registry has now. */
  recorded_sha256: string | null;
}
