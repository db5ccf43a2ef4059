import type { ArtifactReader, ArtifactWriter } from '../../../registry/artifacts/artifacts-port.js';
import type { RecoveryLedger, RecoveryReader } from '../../../registry/recovery/recovery-port.js';
import type { PlanPorts } from '../options.js';

export interface ApplyOptions {
  runId: string;
  /** Who stands in the journal. */
  actor: string;
  /** Contents that no checksum proves may be bound. */
  allowUnverified: boolean;
}

/** What planning held, and what writes. */
export interface ApplyPorts extends Omit<PlanPorts, 'reader'> {
  artifacts: ArtifactReader;
  writer: ArtifactWriter;
  recovery: RecoveryReader;
  ledger: RecoveryLedger;
}
