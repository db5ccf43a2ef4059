import { counted } from '../../../core/pluralize.js';
import type { ChecksumPorts } from '../options.js';
import type { Stopper } from '../pipeline/stopper.js';
import type { Counts } from './summary.js';

/**
 * Reports, once per table, ids that do not identify exactly one row. Returns how many rows were skipped for that
 * reason.
 */
export async function reportAmbiguousIds(
  { artifacts, emit }: Pick<ChecksumPorts, 'artifacts' | 'emit'>,
  total: Readonly<Counts>,
  stopper: Stopper,
): Promise<number> {
  // If the registry's failure ended the run, it is not queried again.
  if (stopper.failure) return total.rows_id_not_unique;
  const { ids, rows, withoutId } = await artifacts.ambiguousIds();
  const affected = Math.max(rows, total.rows_id_not_unique);
  if (affected === 0) return 0;
  const [example] = ids;
  const named =
    example === undefined ? '' : `; for example, several rows have the id ${JSON.stringify(example)}`;
  const nameless = withoutId === 0 ? '' : `; ${counted(withoutId, 'row has', 'rows have')} no id`;
  emit({
    type: 'finding',
    finding: {
      code: 'registry.id_not_unique',
      severity: 'error',
      subject: artifacts.table,
      message: `${counted(affected, `row of ${artifacts.table} was`, `rows of ${artifacts.table} were`)} skipped because the id does not identify exactly one row${named}${nameless}`,
      detail: { rows: affected, ids: ids.size, rows_without_id: withoutId, example: example ?? null },
    },
  });
  return affected;
}
