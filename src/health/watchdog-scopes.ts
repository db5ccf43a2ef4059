import type { RunRecord } from '../registry/port.js';

/** Only this job takes urls from the command line, so only its scopes can be mistyped. */
export const TRIED_JOB = 'listings verify';

/** What is known about the scopes besides their newest runs. */
export interface ScopeFacts {
  /** Scopes that a person has told the watchdog to forget, and when. */
  readonly forgotten: readonly { job: string; scope: string; forgottenAt: Date }[];
  /** Whether a qualifying run of `TRIED_JOB` on this scope was ever complete. */
  isProven(scope: string): boolean;
}

/**
 * The runs that count for the watchdog: without those of scopes that were forgotten since, and without those of scopes
 * that were only tried by hand, are not configured, and never had a complete run (a mistyped url).
 */
export function withoutDeadScopes(runs: readonly RunRecord[], facts: ScopeFacts): RunRecord[] {
  const forgottenAt = new Map(facts.forgotten.map((one) => [keyOf(one), one.forgottenAt.getTime()]));
  const alive = runs.filter((run) => run.startedAt.getTime() > (forgottenAt.get(keyOf(run)) ?? 0));
  const expected = new Set(
    alive.filter((run) => isTried(run) && (isConfigured(run) || facts.isProven(run.scope))).map(keyOf),
  );
  // Without any other run, a manual run is better than none.
  if (expected.size === 0) return alive;
  return alive.filter((run) => !isTried(run) || expected.has(keyOf(run)));
}

/** The scopes for which `isProven` will be called. */
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
