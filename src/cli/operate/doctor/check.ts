import { codes } from '../../../core/codes.js';
import type { Failure } from '../../../core/failure.js';
import { asFailure } from '../../terminal/output.js';

interface Tried {
  /** What was checked, in a word or two: `registry`, `root /data`. */
  name: string;
  /** What was found. */
  message: string;
}

/**
 * The result of checking one thing that a job needs. If it is not ok, `fix` says what to do next: the command to run, the
 * setting to change, or what to fix outside of Salvor. `test/cli/doctor-next.test.ts` checks all of them.
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

/** The failure with which a job would end. */
export function failed(name: string, failure: Failure): Problem {
  return broken(name, `${failure.code}: ${failure.message}`, nextStep(failure));
}

/** The hint of a failure, or else the action of its code. */
export function nextStep({ hint, code }: Failure): string {
  return hint || codes[code]?.action || `see ${code} in docs/codes.md`;
}

/** Runs a check; if it throws, the error is the result. */
export async function tried(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (thrown) {
    return [failed(name, asFailure(thrown))];
  }
}
