import { Failure } from '../../../core/failure.js';
import type { TypeCount, WorkFilter } from '../../../registry/artifacts/artifacts-port.js';
import type { BackfillOptions, ChecksumPorts, ScrubOptions } from '../options.js';
import type { Counts, Tally } from '../report/summary.js';
import type { Selection } from './oldest-first.js';

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

/** What a scrub has before it: rows with a digest, those with a marker in the future included. */
export interface ScrubExpectation {
  rows: number;
  neverVerified: number;
}

/**
 * Counts what there is to verify, and how many rows were never hashed at all.
 * @throws Failure `artifacts.none`
 */
export async function expectScrub(
  options: Pick<ScrubOptions, 'types'>,
  ports: Ports,
  tally: Tally,
): Promise<ScrubExpectation> {
  const counts = await countsOf(ports, { types: options.types });
  for (const { type, done, future } of counts) tally.expect(type, done + future);
  const rows = counts.reduce((sum, { done, future }) => sum + done + future, 0);
  return { rows, neverVerified: counts.reduce((sum, count) => sum + count.rows, 0) - rows };
}

/** What was expected, what was selected, and what was counted of it. */
interface Covered {
  expected: ScrubExpectation;
  selection: Selection;
  total: Pick<Counts, 'rows_scanned' | 'rows_id_not_unique'>;
}

/**
 * The scrub accounts for its own selection: every key it took up was read or skipped with a reason, and it took up every
 * row that was expected and is still there.
 * @throws Failure `run.accounting`
 */
export async function requireCovered(
  { expected, selection, total }: Covered,
  { types }: Pick<ScrubOptions, 'types'>,
  { artifacts }: Ports,
): Promise<void> {
  const scanned = total.rows_scanned - total.rows_id_not_unique;
  if (selection.keys !== scanned + selection.skipped) {
    throw unaccounted(
      `${selection.keys} rows were selected, ${scanned} were read, and ${selection.skipped} had no digest any more`,
    );
  }
  if (selection.keys >= expected.rows) return;
  // Others may have deleted rows meanwhile; what is still there must have been selected.
  const now = await artifacts.counts({ types });
  const left = now.reduce((sum, { done, future }) => sum + done + future, 0);
  if (selection.keys >= left) return;
  throw unaccounted(
    `${expected.rows} rows have a digest (${left} at the end), and ${selection.keys} were selected`,
  );
}

function unaccounted(what: string): Failure {
  return new Failure('run.accounting', `the rows of the scrub do not add up: ${what}`, {
    hint: 'nothing is known of the rows that are missing from this count; report it, with the summary',
  });
}

async function countsOf({ artifacts }: Ports, filter: WorkFilter): Promise<TypeCount[]> {
  const counts = await artifacts.counts(filter);
  if (counts.some((count) => count.rows > 0)) return counts;
  throw new Failure('artifacts.none', `no row of ${artifacts.table} that was asked for has a path`, {
    hint: 'see registry.table, registry.columns.path and --type',
  });
}
