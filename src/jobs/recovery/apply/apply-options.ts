import type { ArtifactWriter } from '../../../registry/artifacts/artifacts-port.js';
import type { FileTodos } from '../../../registry/recovery/file-todos-port.js';
import type { RecoveryLedger, RecoveryReader } from '../../../registry/recovery/recovery-port.js';
import type { PlanPorts } from '../options.js';
import type { AccessRules } from './place/access.js';

export interface ApplyOptions {
  runId: string;
  /** Recorded in the journal as the author of the changes. */
  actor: string;
  /** Allows binding contents that no checksum proves. */
  allowUnverified: boolean;
  /** The configured absolute directory for recovered files. A plan for another directory is refused. */
  destination: string;
  /** Mode and group of recovered files. */
  access: AccessRules;
  /** Binds are written to a SQL script that a person runs. */
  byScript: boolean;
}

/** The ports of planning, and those that write. */
export interface ApplyPorts extends Omit<PlanPorts, 'reader'> {
  writer: ArtifactWriter;
  recovery: RecoveryReader;
  ledger: RecoveryLedger;
  todos: FileTodos;
}
