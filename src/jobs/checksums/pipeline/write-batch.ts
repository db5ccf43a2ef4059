import { Failure } from '../../../core/failure.js';
import type {
  ArtifactChange,
  ArtifactWriter,
  ConfirmedContent,
  Queries,
  VerifiedFile,
} from '../../../registry/artifacts/artifacts-port.js';
import type { DriftSighting } from '../../../registry/drift/drift-port.js';

/** What one row gives to a commit. */
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
  /** Rows that a constraint or trigger refused, or whose update did not come out as it was to be written. */
  refused: ReadonlyMap<string, Failure>;
}

/** Keeps what became of the rows of one transaction, within it. */
export type RecordRows<Row> = (
  tx: Queries,
  rows: readonly Row[],
  changed: ReadonlySet<string>,
) => Promise<void>;

/**
 * Commits a batch in one transaction. Where the database refuses it because of a row, the batch is halved until that row
 * stands alone, so that one row that can't be written keeps no other from being written.
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
    // The tables that only Salvor writes to have said no: that is no row's doing.
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

/** The rows that a `row.side_effect` is about. */
function spoiledRows(failure: Failure): readonly string[] {
  const ids = failure.code === 'row.side_effect' ? failure.detail?.artifact_ids : undefined;
  return Array.isArray(ids) ? (ids as string[]) : [];
}
