import type { ChecksumPorts } from '../options.js';
import type { Stopper } from '../pipeline/stopper.js';
import type { Counts } from './summary.js';

/**
 * Tells of ids that do not name exactly one row, once for the table, and returns how many rows were left alone for
 * that reason.
 */
export async function reportAmbiguousIds(
  { artifacts, emit }: Pick<ChecksumPorts, 'artifacts' | 'emit'>,
  total: Readonly<Counts>,
  stopper: Stopper,
): Promise<number> {
  // A registry that ended the run is not asked again.
  if (stopper.failure) return total.rows_id_not_unique;
  const { ids, rows, withoutId } = await artifacts.ambiguousIds();
  const affected = Math.max(rows, total.rows_id_not_unique);
  if (affected === 0) return 0;
  const [example] = ids;
  const named =
    example === undefined ? '' : `; for example, several rows have the id ${JSON.stringify(example)}`;
  const nameless = withoutId === 0 ? '' : `; ${withoutId} rows have no id`;
  emit({
    type: 'finding',
    finding: {
      code: 'registry.id_not_unique',
      severity: 'error',
      subject: artifacts.table,
      message: `${affected} rows of ${artifacts.table} were left alone because their id does not name exactly one row${named}${nameless}`,
      detail: { rows: affected, ids: ids.size, rows_without_id: withoutId, example: example ?? null },
    },
  });
  return affected;
}
