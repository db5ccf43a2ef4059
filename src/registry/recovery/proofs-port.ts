/** What a drill asks of the registry, and the one thing that it writes there. */

/** An artifact whose content is on record, and how long ago it was last shown to be restorable. */
export interface ProofSubject {
  artifactId: string;
  sha256: string;
}

export interface ProofEntry extends ProofSubject {
  runId: string;
  archiveUrl: string | null;
  archiveEtag: string | null;
  member: string | null;
  /** Absent for a proof: the recorded content came out of the archive. */
  reason: string | null;
}

export interface ProofCounts {
  /** Artifacts with a recorded digest. */
  artifacts: number;
  neverProven: number;
  /** The oldest of the artifacts' last proofs; a trial that failed takes back what was shown before. */
  oldestProofAt: string | null;
}

/** Reads artifacts and appends proofs. It cannot change an artifact. */
export interface ProofLedger {
  /**
   * Artifacts that this run has not tried yet: those that were never proven first, then by their last proof; of those
   * alike the one whose last trial is the longest ago.
   */
  next(runId: string, leftOut: readonly string[], limit: number): Promise<ProofSubject[]>;
  /** Those of these artifacts that still have a recorded digest, with this digest. */
  current(artifactIds: readonly string[]): Promise<ProofSubject[]>;
  counts(): Promise<ProofCounts>;
  /** Appends the proof and, with it, deletes the progress of the artifact's content. */
  record(entry: ProofEntry): Promise<void>;
}
