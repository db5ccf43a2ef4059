import type { Failure } from '../../../core/failure.js';
import { asFailure } from '../../terminal/output.js';

/** One thing that a job will need, tried. */
export interface Check {
  /** What was tried, in a word or two: `registry`, `root /data`. */
  name: string;
  state: 'ok' | 'warning' | 'error';
  /** What was found. */
  message: string;
  /** How to fix it; absent where nothing is broken. */
  fix?: string;
}

export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message };
}

export function warning(name: string, message: string, fix: string): Check {
  return { name, state: 'warning', message, fix };
}

export function broken(name: string, message: string, fix: string): Check {
  return { name, state: 'error', message, fix };
}

/** What a job would end with, found out before it does. */
export function failed(name: string, failure: Failure): Check {
  return broken(name, `${failure.code}: ${failure.message}`, failure.hint ?? 'fix what the message names');
}

/** Runs a check; whatever it throws is what is wrong. */
export async function tried(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (thrown) {
    return [failed(name, asFailure(thrown))];
  }
}
