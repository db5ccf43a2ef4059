import { Failure } from '../../../core/failure.js';
import type { TypeCount, WorkFilter } from '../../../registry/artifacts/artifacts-port.js';
import type { BackfillOptions, ChecksumPorts, ScrubOptions } from '../options.js';
import type { Tally } from '../report/summary.js';

type Ports = Pick<ChecksumPorts, 'artifacts'>;

/**
 * Counts what a backfill has before it. With `stat` every row is looked at, so every row is work until it was.
 * @throws Failure `artifacts.none`
 */
export async function expectBackfill(
  options: Pick<BackfillOptions, 'stat'>,
  ports: Ports,
  filter: WorkFilter,
  tally: Tally,
): Promise<void> {
  for (const { type, rows, done } of await countsOf(ports, filter)) {
    tally.expect(type, options.stat ? rows : rows - done);
    tally.alreadyDone(type, options.stat ? 0 : done);
  }
}

/**
 * Counts what there is to verify; returns how many rows were never hashed at all.
 * @throws Failure `artifacts.none`
 */
export async function expectScrub(
  options: Pick<ScrubOptions, 'types'>,
  ports: Ports,
  tally: Tally,
): Promise<number> {
  const counts = await countsOf(ports, { types: options.types });
  for (const { type, done } of counts) tally.expect(type, done);
  return counts.reduce((sum, { rows, done }) => sum + rows - done, 0);
}

async function countsOf({ artifacts }: Ports, filter: WorkFilter): Promise<TypeCount[]> {
  const counts = await artifacts.counts(filter);
  if (counts.some((count) => count.rows > 0)) return counts;
  throw new Failure('artifacts.none', `no row of ${artifacts.table} that was asked for has a path`, {
    hint: 'see registry.table, registry.columns.path and --type',
  });
}
