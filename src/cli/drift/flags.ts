import type { DriftClass, DriftState } from '../../registry/drift/drift-port.js';

export interface DriftListFlags {
  state: DriftState | 'all';
  artifact?: string;
  type?: string[];
  limit: number;
  after?: string;
}

export interface DriftDecideFlags {
  note?: string;
  class?: DriftClass;
  under?: string;
  run?: string;
  type?: string[];
  yes?: true;
}
