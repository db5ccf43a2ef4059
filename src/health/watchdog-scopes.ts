import type { RunRecord } from '../registry/port.js';

/** Only this job takes urls from the command line, and only there can a scope be mistyped. */
export const TRIED_JOB = 'listings verify';

/** What is known of the scopes beyond their newest runs. */
export interface ScopeFacts {
  /** Scopes that a person told the watchdog to forget, and when. */
  readonly forgotten: readonly { job: string; scope: string; forgottenAt: Date }[];
  /** Whether a qualifying run of `TRIED_JOB` has ever checked all that it was asked on this scope. */
  isProven(scope: string): boolean;
}

/**
 * The runs that make a scope one: without those of scopes that were forgotten since, and of those that were only ever
 * tried by hand, where nothing is configured and no run has ever come to its end (a mistyped url).
 */
export function withoutDeadScopes(runs: readonly RunRecord[], facts: ScopeFacts): RunRecord[] {
  const forgottenAt = new Map(facts.forgotten.map((one) => [keyOf(one), one.forgottenAt.getTime()]));
  const alive = runs.filter((run) => run.startedAt.getTime() > (forgottenAt.get(keyOf(run)) ?? 0));
  const expected = new Set(
    alive.filter((run) => isTried(run) && (isConfigured(run) || facts.isProven(run.scope))).map(keyOf),
  );
  // Where there is nothing else, how a run by hand ended is better than to know of none.
  if (expected.size === 0) return alive;
  return alive.filter((run) => !isTried(run) || expected.has(keyOf(run)));
}

/** Scopes of which `isProven` will be asked. */
export function scopesInDoubt(runs: readonly RunRecord[]): string[] {
  const inDoubt = runs.filter((run) => isTried(run) && !isConfigured(run));
  return [...new Set(inDoubt.map(({ scope }) => scope))];
}

function isTried({ job }: RunRecord): boolean {
  return job === TRIED_JOB;
}

function isConfigured(run: RunRecord): boolean {
  return run.options.configured === true;
}

function keyOf({ job, scope }: { job: string; scope: string }): string {
  return JSON.stringify([job, scope]);
}
