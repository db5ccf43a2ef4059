import type { DriftSighting } from '../artifacts/artifacts-port.js';

export type DriftState = 'open' | 'accepted' | 'rejected';

/** One difference between what is on record and what was read twice. */
export interface DriftEntry extends Omit<DriftSighting, 'seenAt'> {
  id: string;
  state: DriftState;
  firstSeenAt: Date;
  lastSeenAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
  note: string | null;
}

export interface DriftFilter {
  state?: DriftState | undefined;
  artifactId?: string | undefined;
  types?: readonly string[] | undefined;
  limit?: number | undefined;
}

export interface DriftLedger {
  /** The newest first. */
  list(filter: DriftFilter): Promise<DriftEntry[]>;
  get(id: string): Promise<DriftEntry | undefined>;
  openCount(types?: readonly string[]): Promise<number>;
  /** Which of these pairs a person rejected, when that was the last decision about them; as `driftPair` names them. */
  rejected(pairs: readonly DriftPair[]): Promise<ReadonlySet<string>>;
}

export interface DriftPair {
  artifactId: string;
  oldSha256: string;
  newSha256: string;
}

/** A pair as the key of a set. */
export function driftPair(pair: DriftPair): string {
  return `${pair.oldSha256} ${pair.newSha256} ${pair.artifactId}`;
}
