import { Failure } from '../../../core/failure.js';
import { counted } from '../../../core/pluralize.js';
import type { TypeCount, WorkFilter } from '../../../registry/artifacts/artifacts-port.js';
import type { BackfillOptions, ChecksumPorts, ScrubOptions } from '../options.js';
import type { Counts, Tally } from '../report/summary.js';
import type { Selection } from './oldest-first.js';

type Ports = Pick<ChecksumPorts, 'artifacts'>;

/**
 * Counts the rows that a backfill has to process. With `stat` every row is checked, so every row counts.
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

/** The rows that a scrub has to read: those with a digest, including those with a marker in the future. */
export interface ScrubExpectation {
  rows: number;
  neverVerified: number;
}

/**
 * Counts the rows to verify, and the rows that were never hashed.
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

/** The rows that were expected, those that were selected, and what was counted. */
interface Covered {
  expected: ScrubExpectation;
  selection: Selection;
  total: Pick<Counts, 'rows_scanned' | 'rows_id_not_unique'>;
}

/**
 * Checks the scrub's own selection: every selected key was read or skipped for a reason, and every expected row that
 * still exists was selected.
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
      `${counted(selection.keys, 'row was', 'rows were')} selected, ${scanned} were read, and ${selection.skipped} no longer had a digest`,
    );
  }
  if (selection.keys >= expected.rows) return;
  // Others may have deleted rows in the meantime; every row that still exists must have been selected.
  const now = await artifacts.counts({ types });
  const left = now.reduce((sum, { done, future }) => sum + done + future, 0);
  if (selection.keys >= left) return;
  throw unaccounted(
    `${counted(expected.rows, 'row has', 'rows have')} a digest (${left} at the end), but ${selection.keys} were selected`,
  );
}

function unaccounted(what: string): Failure {
  return new Failure('run.accounting', `the rows of the scrub do not add up: ${what}`, {
    hint: 'the rows missing from this count were not checked; report this as a bug, with the summary',
  });
}

async function countsOf({ artifacts }: Ports, filter: WorkFilter): Promise<TypeCount[]> {
  const counts = await artifacts.counts(filter);
  if (counts.some((count) => count.rows > 0)) return counts;
  throw new Failure('artifacts.none', `none of the selected rows of ${artifacts.table} has a path`, {
    hint: 'check registry.table, registry.columns.path and --type',
  });
}
