import { formatSize } from '../../../core/sizes.js';
import type { Distributor, UnitDraft } from '../../../queue/port.js';
import type { ChecksumPorts } from '../options.js';
import type { RunUnderWay } from '../pipeline/active-run.js';
import type { Limit } from '../pipeline/limits.js';
import { thenInParts } from './in-parts.js';
import type { SetAside } from './set-aside.js';
import type { UnitResults } from './unit-results.js';

/** What the coordinating side of a distributed run needs: it reads no file and writes to no artifact. */
export interface SharedPorts extends Omit<ChecksumPorts, 'files' | 'writer' | 'record'> {
  runId: string;
  distributor: Distributor;
  /** What a worker needs so that it can read the files of rows of this type. */
  needsOf(type: string | null): unknown;
  /** The command that retries abandoned units. */
  retryCommand: string;
  /** When the run must end, by the port's monotonic clock; undefined if it has no time limit. */
  endMs?: number | undefined;
}

/** A distributed run: what workers have reported so far, and which rows were set aside. */
export interface SharedRun {
  run: RunUnderWay;
  results: UnitResults;
  aside: SetAside;
}

/** Hands out the units and adds up their results. A failed or abandoned unit is passed to the stopper. */
export async function handOut(
  drafts: AsyncIterable<UnitDraft>,
  limit: Limit,
  { run, results, aside }: SharedRun,
  ports: SharedPorts,
): Promise<void> {
  const { stopper, tally } = run;
  const turns = { aside, results, limit, run, endMs: ports.endMs };
  try {
    await ports.distributor.run(
      thenInParts(drafts, turns, ports),
      {
        ended: (unit) => results.add(unit),
        waiting: ({ active, queued, workers }) => {
          const { rows_scanned: done, rows_remaining: remaining } = tally.total;
          const detail = {
            read: formatSize(results.bytes),
            workers,
            'active units': active,
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
  try {
    results.addParts((await ports.parts?.ofRun(ports.runId)) ?? []);
  } catch (error) {
    stopper.fail(error);
  }
  // Anything unfinished is left to the next run.
  if (limit.isReached || aside.isIncomplete || !aside.isEmpty) stopper.stop('limit');
  if (results.failure) stopper.fail(results.failure);
}
