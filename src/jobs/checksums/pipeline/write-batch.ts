import { Failure } from '../../../core/failure.js';
import type {
  ArtifactChange,
  ArtifactWriter,
  ConfirmedContent,
  Queries,
  VerifiedFile,
} from '../../../registry/artifacts/artifacts-port.js';
import type { DriftSighting } from '../../../registry/drift/drift-port.js';

/** What one row contributes to a commit. */
interface Writable {
  row: { id: string };
  change?: ArtifactChange;
  held?: DriftSighting;
  verified?: VerifiedFile;
  confirmed?: ConfirmedContent;
  partsRead?: readonly string[];
}

export interface Written {
  changed: ReadonlySet<string>;
  /** Rows that a constraint or trigger refused, or whose stored values differed from what was written. */
  refused: ReadonlyMap<string, Failure>;
}

/** Records the results of a transaction's rows within that transaction. */
export type RecordRows<Row> = (
  tx: Queries,
  rows: readonly Row[],
  changed: ReadonlySet<string>,
) => Promise<void>;

/**
 * Commits a batch in one transaction. If the database refuses it because of a row, the batch is halved until that row
 * is alone, so that a row that cannot be written does not block the others.
 */
export async function writeBatch<Row extends Writable>(
  writer: ArtifactWriter,
  batch: readonly Row[],
  record?: RecordRows<Row>,
): Promise<Written> {
  const changes = batch.flatMap(({ change }) => change ?? []);
  const held = batch.flatMap((finished) => finished.held ?? []);
  const verified = batch.flatMap((finished) => finished.verified ?? []);
  const confirmed = batch.flatMap((finished) => finished.confirmed ?? []);
  const partsRead = batch.flatMap((finished) => finished.partsRead ?? []);
  const isNothing =
    record === undefined
      ? changes.length + held.length + verified.length + partsRead.length === 0
      : batch.length === 0;
  if (isNothing) return { changed: new Set(), refused: new Map() };
  const alongside = record && ((tx: Queries, changed: ReadonlySet<string>) => record(tx, batch, changed));
  try {
    return {
      changed: await writer.commit({ changes, held, verified, confirmed, partsRead, alongside }),
      refused: new Map(),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const spoiled = new Set(spoiledRows(error));
    if (spoiled.size > 0) {
      const rest = await writeBatch(
        writer,
        batch.filter(({ row }) => !spoiled.has(row.id)),
        record,
      );
      return {
        ...rest,
        refused: new Map([...rest.refused, ...[...spoiled].map((id) => [id, error] as const)]),
      };
    }
    if (error.code !== 'row.refused' && error.code !== 'row.side_effect') throw error;
    const [only] = changes;
    // Salvor's own tables refused the write: no artifact row is the cause.
    if (only === undefined) throw error;
    if (changes.length === 1) {
      const rest = await writeBatch(
        writer,
        batch.filter(({ change }) => change === undefined),
        record,
      );
      return { ...rest, refused: new Map([[only.artifactId, error]]) };
    }
    const middle = Math.ceil(batch.length / 2);
    const first = await writeBatch(writer, batch.slice(0, middle), record);
    const second = await writeBatch(writer, batch.slice(middle), record);
    return {
      changed: new Set([...first.changed, ...second.changed]),
      refused: new Map([...first.refused, ...second.refused]),
    };
  }
}

/** The rows that a `row.side_effect` names. */
function spoiledRows(failure: Failure): readonly string[] {
  const ids = failure.code === 'row.side_effect' ? failure.detail?.artifact_ids : undefined;
  return Array.isArray(ids) ? (ids as string[]) : [];
}
