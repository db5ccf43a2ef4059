import { type ExitCode, Failure } from '../../core/failure.js';
import { type JobOutcome, statusOfExit } from '../../core/outcome.js';
import { StopRequest } from '../../core/stop.js';
import type { DrillSummary } from './options.js';

export type Drilled = JobOutcome<DrillSummary> & { failure?: Failure };

/** How a drill ends: one that proved nothing, and has not even a part of a content to show for it, is a failure. */
export function drillOutcome(summary: DrillSummary, signal: AbortSignal): Drilled {
  const { reason } = signal;
  if (summary.stopped_by === 'signal' && reason instanceof StopRequest)
    return ended(summary, reason.exitCode);
  if (summary.proven + summary.copies_failed > 0) return ended(summary, summary.copies_failed > 0 ? 1 : 0);
  if (summary.in_parts > 0) return { summary, exitCode: 0, status: 'partial' };
  return { ...ended(summary, 3), failure: nothing(summary) };
}

function ended(summary: DrillSummary, exitCode: ExitCode): JobOutcome<DrillSummary> {
  return { summary, exitCode, status: statusOfExit(exitCode) };
}

function nothing(summary: DrillSummary): Failure {
  return new Failure('drill.nothing', `nothing was restored: ${why(summary)}`);
}

function why(summary: DrillSummary): string {
  if (summary.artifacts_total === 0) return 'no artifact has a recorded digest';
  if (summary.archives_indexed === 0 && summary.stopped_by === null) return 'no archive has a usable index';
  if (summary.stopped_by !== null) return `the ${summary.stopped_by} limit was reached first`;
  if (summary.cold > 0) return 'all tried copies are in an archived storage class';
  return summary.too_large > 0
    ? 'every copy exceeds --max-bytes or takes longer than --max-duration'
    : 'no indexed archive has any of the contents';
}
