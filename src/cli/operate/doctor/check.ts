import { codes } from '../../../core/codes.js';
import type { Failure } from '../../../core/failure.js';
import { asFailure } from '../../terminal/output.js';

interface Tried {
  /** What was tried, in a word or two: `registry`, `root /data`. */
  name: string;
  /** What was found. */
  message: string;
}

/**
 * One thing that a job will need, tried. What is not ok says what to do next: the command to run, the setting to change,
 * or the thing outside of Salvor to fix. `test/cli/doctor-next.test.ts` reads every one.
 */
export type Check = (Tried & { state: 'ok'; fix?: undefined }) | Problem;

interface Problem extends Tried {
  state: 'warning' | 'error';
  fix: string;
}

export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message };
}

export function warning(name: string, message: string, fix: string): Problem {
  return { name, state: 'warning', message, fix };
}

export function broken(name: string, message: string, fix: string): Problem {
  return { name, state: 'error', message, fix };
}

/** What a job would end with, found out before it does. */
export function failed(name: string, failure: Failure): Problem {
  return broken(name, `${failure.code}: ${failure.message}`, nextStep(failure));
}

/** A failure without a hint has the action of its code, which every code has. */
export function nextStep({ hint, code }: Failure): string {
  return hint || codes[code]?.action || `see ${code} in docs/codes.md`;
}

/** Runs a check; whatever it throws is what is wrong. */
export async function tried(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (thrown) {
    return [failed(name, asFailure(thrown))];
  }
}
