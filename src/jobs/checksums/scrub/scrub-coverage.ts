import { formatDuration } from '../../../core/durations.js';
import type { ChecksumPorts, ScrubOptions } from '../options.js';
import type { Stopper } from '../pipeline/stopper.js';
import type { ScrubSummary, Tally } from '../report/summary.js';

type Coverage = Pick<ScrubSummary, 'oldest_unverified_at' | 'period_met'>;

/** Whether every file was read within the period, and whether going on like this every file will be. */
export async function coverage(
  options: ScrubOptions,
  ports: Pick<ChecksumPorts, 'artifacts' | 'clock' | 'emit'>,
  tally: Tally,
  stopper: Stopper,
): Promise<Coverage> {
  if (stopper.failure) return { oldest_unverified_at: null, period_met: false };
  const now = ports.clock.now();
  const [oldest] = await ports.artifacts.oldestDone(undefined, 1, { types: options.types, before: now });
  const since = oldest?.computedAt ? oldest.computedAt : null;
  const overdue = since !== null && Date.parse(since) < now.getTime() - options.periodMs;
  const neededMs = timeForAll(options, tally, now);
  const met = !overdue && neededMs <= options.periodMs;
  ports.emit({ type: 'examined', subjects: [ports.artifacts.table] });
  if (!met) {
    const why = overdue
      ? `the file that was not read for the longest was last read at ${since}`
      : `at this pace it takes ${formatDuration(neededMs)} to read every file once`;
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
  return { oldest_unverified_at: since, period_met: met };
}

/** How long it takes until every row had its turn, when each interval between two runs achieves what this one did. */
function timeForAll(options: ScrubOptions, tally: Tally, now: Date): number {
  const { rows_scanned: scanned, rows_remaining: remaining } = tally.total;
  if (remaining === 0 || options.previousStartedAt === undefined) return 0;
  if (scanned === 0) return Number.POSITIVE_INFINITY;
  const intervalMs = now.getTime() - options.previousStartedAt.getTime();
  return (intervalMs * (scanned + remaining)) / scanned;
}
