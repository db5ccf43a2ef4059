import type { ArtifactWriter } from '../../../registry/artifacts/artifacts-port.js';
import type { FileTodos } from '../../../registry/recovery/file-todos-port.js';
import type { RecoveryLedger, RecoveryReader } from '../../../registry/recovery/recovery-port.js';
import type { PlanPorts } from '../options.js';
import type { AccessRules } from './place/access.js';

export interface ApplyOptions {
  runId: string;
  /** Who is named in the journal. */
  actor: string;
  /** Contents that no checksum proves may be bound. */
  allowUnverified: boolean;
  /** Absolute: where recovered files go, as configured. A plan that says otherwise is refused. */
  destination: string;
  /** Mode and group of recovered files. */
  access: AccessRules;
  /** The binds go to a script that a person runs. */
  byScript: boolean;
}

/** What planning held, and what writes. */
export interface ApplyPorts extends Omit<PlanPorts, 'reader'> {
  writer: ArtifactWriter;
  recovery: RecoveryReader;
  ledger: RecoveryLedger;
  todos: FileTodos;
}
