/** Flags of both checksums commands, as commander names them. */
export interface ChecksumFlags {
  type?: string[];
  threads?: number;
  rate?: number;
  window?: string;
  timezone?: string;
  wait?: true;
  batchRows?: number;
  maxDrift?: number;
  maxErrors?: number;
  dryRun?: true;
  emitSql?: string;
  residual?: string;
  distribute?: true;
  ratePerWorker?: true;
}

export interface BackfillFlags extends ChecksumFlags {
  onDrift?: string;
  limit?: number;
  recheckOlderThan?: number;
  stat?: true;
}

export interface ScrubFlags extends ChecksumFlags {
  maxDuration?: number;
  maxBytes?: number;
  period?: number;
}
