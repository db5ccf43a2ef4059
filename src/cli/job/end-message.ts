import type { FindingCollector } from '../../events/finding-collector.js';
import type { FailureList } from './failure-list.js';
import type { End } from './print-result.js';
import type { JobSpec } from './spec.js';

/** More kinds than this are no help to whoever reads it on a telephone. */
const KINDS = 5;

/**
 * What health events say of a run's end: the reason when it could not run, the errors by count when it found some.
 * Undefined for a good end, which needs no more than its status.
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

/** The same with the SQL script that a person has to run, where the registry is only read: until then nothing changed. */
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
