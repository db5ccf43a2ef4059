/** The part that is used of a package without types. */
declare module '@bcoe/v8-coverage' {
  import type { Profiler } from 'node:inspector';

  export interface ProcessCov {
    result: Profiler.ScriptCoverage[];
  }
  /** Adds up what several processes ran, by script. */
  export function mergeProcessCovs(processCovs: readonly ProcessCov[]): ProcessCov;
}
