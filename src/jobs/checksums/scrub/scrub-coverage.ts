import { formatDuration } from '../../../core/durations.js';
import type { ChecksumPorts, ScrubOptions } from '../options.js';
import type { Stopper } from '../pipeline/stopper.js';
import type { ScrubSummary, Tally } from '../report/summary.js';

type Coverage = Pick<ScrubSummary, 'oldest_unverified_at' | 'period_met'>;

/** Whether every file was read within the period, and whether every file will be at the current pace. */
export async function scrubCoverage(
  options: ScrubOptions,
  ports: Pick<ChecksumPorts, 'artifacts' | 'clock' | 'emit'>,
  tally: Tally,
  stopper: Stopper,
): Promise<Coverage> {
  if (stopper.failure) return { oldest_unverified_at: null, period_met: false };
  const now = ports.clock.now();
  const [oldest] = await ports.artifacts.oldestDone(undefined, 1, { types: options.types, before: now });
  const since = oldest?.verifiedAt ? oldest.verifiedAt : null;
  const overdue = since !== null && Date.parse(since) < now.getTime() - options.periodMs;
  const neededMs = timeForAll(options, tally, now);
  const why = unmet({ since, overdue, neededMs, verified: filesRead(tally) }, options.periodMs);
  ports.emit({ type: 'examined', subjects: [ports.artifacts.table] });
  if (why !== undefined) {
    ports.emit({
      type: 'finding',
      finding: {
        code: 'scrub.period_unmet',
        severity: 'warning',
        subject: ports.artifacts.table,
        message: `the period of ${formatDuration(options.periodMs)} is not met: ${why}`,
        detail: { oldest_unverified_at: since, rows_remaining: tally.total.rows_remaining },
      },
    });
  }
  return { oldest_unverified_at: since, period_met: why === undefined };
}

interface Pace {
  since: string | null;
  overdue: boolean;
  neededMs: number;
  /** Files that this run read completely. */
  verified: number;
}

/** A run that verified nothing does not meet the period, whatever is recorded. */
function unmet({ since, overdue, neededMs, verified }: Pace, periodMs: number): string | undefined {
  if (overdue) return `the least recently verified file was last verified at ${since}`;
  if (verified === 0) return 'this run verified no file';
  if (neededMs > periodMs) return `at this pace it takes ${formatDuration(neededMs)} to read every file once`;
  return undefined;
}

function filesRead({ total }: Tally): number {
  return total.rows_unchanged + total.rows_updated + total.drift_events;
}

/** How long it takes to read every row once if each interval between runs achieves as much as this one. */
function timeForAll(options: ScrubOptions, tally: Tally, now: Date): number {
  const { rows_scanned: scanned, rows_remaining: remaining } = tally.total;
  if (remaining === 0 || scanned === 0 || options.previousStartedAt === undefined) return 0;
  const intervalMs = now.getTime() - options.previousStartedAt.getTime();
  return (intervalMs * (scanned + remaining)) / scanned;
}
