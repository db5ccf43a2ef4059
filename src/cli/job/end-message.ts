import type { FindingCollector } from '../../events/finding-collector.js';
import type { FailureList } from './failure-list.js';
import type { End } from './print-result.js';
import type { JobSpec } from './spec.js';

/** At most this many kinds of errors are named, so that the message is readable on a phone. */
const KINDS = 5;

/**
 * The message of a run's final health event: the failure if it could not run, the error counts if it found some.
 * Undefined for a successful run.
 */
export function endMessage(
  { job, scope }: JobSpec<object>,
  { status, exitCode }: End,
  failures: FailureList,
  collector: Pick<FindingCollector, 'errors'>,
): string | undefined {
  const [failure] = failures.all;
  if (failure !== undefined) return failure.message;
  if (exitCode === 0 || collector.errors.size === 0) return undefined;
  const kinds = [...collector.errors].sort(([, a], [, b]) => b - a);
  const named = kinds.slice(0, KINDS).map(([code, count]) => `${count} ${code}`);
  const more = kinds.length > KINDS ? [`${kinds.length - KINDS} more kinds`] : [];
  return `${job} on ${scope} ended: ${status}, exit code ${exitCode}: ${[...named, ...more].join(', ')}`;
}

/** Adds the SQL script that must still be run, if the registry is read-only. */
export function withScript(
  message: string | undefined,
  summary: object | undefined,
  { job, scope }: JobSpec<object>,
): string | undefined {
  const script = summary !== undefined && 'script' in summary ? summary.script : undefined;
  if (typeof script !== 'string') return message;
  const waits = `changes written to ${script} but not yet applied`;
  return message === undefined ? `${job} on ${scope}: ${waits}` : `${message}; ${waits}`;
}
