import { formatSize } from '../../../core/sizes.js';
import type { Distributor, UnitDraft } from '../../../queue/port.js';
import type { ChecksumPorts } from '../options.js';
import type { RunUnderWay } from '../pipeline/active-run.js';
import type { Limit } from '../pipeline/limits.js';
import type { Gathered } from './unit-results.js';

/** What a run that workers do needs itself: it reads no file and writes to no artifact. */
export interface SharedPorts extends Omit<ChecksumPorts, 'files' | 'writer' | 'record'> {
  distributor: Distributor;
  /** What a worker must have to read the files of rows of this type. */
  needsOf(type: string | null): unknown;
  /** What a person runs to have another try at what was given up. */
  retryCommand: string;
}

/** Hands the units out and adds up what they come to. What fails, or is given up, ends in the stopper. */
export async function handOut(
  drafts: AsyncIterable<UnitDraft>,
  limit: Limit,
  gathered: Gathered,
  { stopper, tally }: RunUnderWay,
  ports: SharedPorts,
): Promise<void> {
  try {
    await ports.distributor.run(
      drafts,
      {
        ended: (unit) => gathered.add(unit),
        waiting: ({ active, queued, workers }) => {
          const { rows_scanned: done, rows_remaining: remaining } = tally.total;
          const detail = {
            read: formatSize(gathered.bytes),
            workers,
            'units at work': active,
            waiting: queued,
          };
          ports.emit({ type: 'progress', unit: 'rows', done, total: done + remaining, detail });
        },
      },
      stopper.signal,
    );
  } catch (error) {
    stopper.fail(error);
  }
  if (limit.isReached) stopper.stop('limit');
  if (gathered.failure) stopper.fail(gathered.failure);
}
