import { asFailure } from '../../terminal/output.js';

/** One thing that a job will need, tried. */
export interface Check {
  /** What was tried, in a word or two: `registry`, `root /data`. */
  name: string;
  state: 'ok' | 'warning' | 'error';
  /** What was found. */
  message: string;
  /** What mends it; absent where nothing is broken. */
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

/** Runs a check; whatever it throws is what is wrong. */
export async function tried(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (thrown) {
    const failure = asFailure(thrown);
    return [
      broken(name, `${failure.code}: ${failure.message}`, failure.hint ?? 'mend what the message says'),
    ];
  }
}
