import type { Clock } from '../../core/clock.js';
import type { Emit } from '../../events/event.js';
import type { Files } from '../../files/port.js';
import type { ArtifactReader, ArtifactWriter } from '../../registry/artifacts-port.js';
import type { RecoveryLedger, RecoveryReader } from '../../registry/recovery-port.js';
import type { ContentCache } from './content-cache.js';
import type { Source } from './source-port.js';

export interface ApplyOptions {
  runId: string;
  /** Who stands in the journal. */
  actor: string;
  /** Contents that no checksum proves may be bound. */
  allowUnverified: boolean;
}

export interface ApplyPorts {
  artifacts: ArtifactReader;
  writer: ArtifactWriter;
  recovery: RecoveryReader;
  ledger: RecoveryLedger;
  files: Files;
  sources: readonly Source[];
  cache: ContentCache;
  clock: Clock;
  emit: Emit;
  signal: AbortSignal;
}
