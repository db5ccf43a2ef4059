import { formatSize } from '../../../core/sizes.js';
import type { Distributor, UnitDraft } from '../../../queue/port.js';
import type { ChecksumPorts } from '../options.js';
import type { RunUnderWay } from '../pipeline/active-run.js';
import type { Limit } from '../pipeline/limits.js';
import { thenInParts } from './in-parts.js';
import type { SetAside } from './set-aside.js';
import type { UnitResults } from './unit-results.js';

/** What a run that workers do needs itself: it reads no file and writes to no artifact. */
export interface SharedPorts extends Omit<ChecksumPorts, 'files' | 'writer' | 'record'> {
  runId: string;
  distributor: Distributor;
  /** What a worker must have to read the files of rows of this type. */
  needsOf(type: string | null): unknown;
  /** What a person runs to have another try at what was given up. */
  retryCommand: string;
  /** When the run must end, by the monotonic clock of the port; undefined where no end is in sight. */
  endMs?: number | undefined;
}

/** A run that workers do: what they have reported so far, and what was set aside. */
export interface SharedRun {
  run: RunUnderWay;
  results: UnitResults;
  aside: SetAside;
}

/** Hands the units out and adds up what they come to. What fails, or is given up, ends in the stopper. */
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
  try {
    results.addParts((await ports.parts?.ofRun(ports.runId)) ?? []);
  } catch (error) {
    stopper.fail(error);
  }
  // What is not finished by now takes another run.
  if (limit.isReached || aside.isIncomplete || !aside.isEmpty) stopper.stop('limit');
  if (results.failure) stopper.fail(results.failure);
}
