import type { ReportFormat } from '../../jobs/recovery/report/inventory/report-files.js';
import type { StoreFlags } from '../wiring/stores.js';

export interface DrillFlags extends StoreFlags {
  maxBytes: number;
  maxDuration: number;
  maxMemory?: number;
}

/** Flags of `plan`, `apply` and `run`, as commander names them. */
export interface RecoveryFlags {
  type?: string[];
  archives?: number | 'all';
  scanUnlisted?: true;
  maxMemory?: number;
  retryUnrecoverable?: true;
  out?: string;
  emitSql?: string;
  endpointUrl?: string;
  region?: string;
  pathStyle?: true;
}

export interface ReportFlags {
  plan?: string;
  format: ReportFormat;
  out: string;
  summary?: true;
}

export interface RestoreFlags extends StoreFlags {
  output?: string;
  directory?: string;
  list?: true;
  nameBytes?: Uint8Array;
  stream?: true;
  occurrence?: number;
  allowUnverified?: true;
  maxHoles?: number;
  maxMemory?: number;
}

export interface ReviewFlags {
  plan?: string;
  candidate?: string;
  note?: string;
  reason?: string;
  allIdentical?: true;
  under?: string;
  type?: string;
  yes?: true;
  decision?: string;
}

export interface ReviewContentFlags extends Omit<RecoveryFlags, 'type'> {
  plan?: string;
  candidate?: string;
  content?: true;
}
