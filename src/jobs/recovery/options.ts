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
  /** The types asked for, with what the configuration says of each. */
  types: Readonly<Record<string, TypeRule>>;
  /** How many archives of each series were searched. */
  archives: number | 'all';
  /** Absolute: where recovered files go. */
  destination: string;
  genericNames: ReadonlySet<string>;
  allowUnverified: boolean;
  /** Also rows that are marked as unrecoverable. */
  retryUnrecoverable: boolean;
  references?: { sql: string; timeoutMs: number; maxRows: number } | undefined;
}

/** What planning holds: nothing of it writes, but the cache beside the plan. */
export interface PlanPorts {
  reader: RecoveryReader;
  /** The table as all jobs read it: it knows where other programs recorded digests. */
  artifacts: ArtifactReader;
  files: Files;
  sources: readonly Source[];
  cache: ContentCache;
  /** What earlier plans have read. */
  memory: PlanMemory;
  clock: Clock;
  emit: Emit;
  signal: AbortSignal;
}
