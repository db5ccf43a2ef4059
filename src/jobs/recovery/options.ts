import type { Clock } from '../../core/clock.js';
import type { Emit } from '../../events/event.js';
import type { Files } from '../../files/port.js';
import type { ArtifactReader } from '../../registry/artifacts/artifacts-port.js';
import type { RecoveryReader } from '../../registry/recovery/recovery-port.js';
import type { ContentCache } from './plan/content-cache.js';
import type { PlanMemory } from './plan/plan-memory.js';
import type { TypeRule } from './plan/row.js';
import type { Source } from './source-port.js';

export interface PlanOptions {
  planId: string;
  /** The requested types with their configuration. */
  types: Readonly<Record<string, TypeRule>>;
  /** Number of archives to search in each series. */
  archives: number | 'all';
  /** The absolute directory for recovered files. */
  destination: string;
  genericNames: ReadonlySet<string>;
  allowUnverified: boolean;
  /** Include rows that are marked as unrecoverable. */
  retryUnrecoverable: boolean;
  references?: { sql: string; timeoutMs: number; maxRows: number } | undefined;
}

/** The ports of planning. Nothing here writes, except the cache next to the plan. */
export interface PlanPorts {
  reader: RecoveryReader;
  /** The artifact table, including digests recorded by other programs. */
  artifacts: ArtifactReader;
  files: Files;
  sources: readonly Source[];
  cache: ContentCache;
  /** What earlier plans read. */
  memory: PlanMemory;
  clock: Clock;
  emit: Emit;
  signal: AbortSignal;
}
