import type { Clock } from '../../../core/clock.js';
import { isoOrUndefined } from '../../../core/iso-time.js';
import type { Emit } from '../../../events/event.js';
import type { ArtifactReader, ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { OpenFinding } from '../../../registry/port.js';
import { typeOfSubject } from '../report/row-report.js';
import { standingOf } from './current-marker.js';
import { READ_KEYS } from './read-rows.js';

/** Rows per query. */
const BATCH = 500;

export interface LookBackPorts {
  artifacts: Pick<ArtifactReader, 'read' | 'table'>;
  /** Subjects with an open finding to which the run gave no result. */
  unexamined(): string[];
  open(subjects: readonly string[]): Promise<readonly OpenFinding[]>;
  emit: Emit;
  /** The time by the database's clock. */
  clock: Pick<Clock, 'now'>;
}

/** What a run covered besides the rows that it has results for. */
export interface Seen {
  /** Whether the run checked every done row: then this one was in order. */
  statted(row: ArtifactRow): boolean;
  /** Whether the run went through all rows of this type, or of the table. */
  wentThrough(type: string | undefined): boolean;
}

/**
 * Handles rows that have an open finding but that the run had no reason to read. The finding has ended if the row was
 * deleted or has no path, or if its file was read and was correct since the finding was last seen. A scrub leaves rows
 * without a digest to the backfill. Findings about the table or a type have no row; they end when a run went through
 * all rows of the table or type.
 */
export async function lookBack(
  kind: 'backfill' | 'scrub',
  { statted, wentThrough }: Seen,
  { artifacts, unexamined, open, emit, clock }: LookBackPorts,
): Promise<void> {
  const all = unexamined();
  const isSum = (subject: string): boolean =>
    subject === artifacts.table || typeOfSubject(subject) !== undefined;
  emit({ type: 'examined', subjects: all.filter((s) => isSum(s) && wentThrough(typeOfSubject(s))) });
  const subjects = all.filter((subject) => !isSum(subject));
  for (let from = 0; from < subjects.length; from += BATCH) {
    const ids = subjects.slice(from, from + BATCH);
    const rows = new Map((await artifacts.read(ids, { keys: READ_KEYS })).map((row) => [row.id, row]));
    const lastSeen = new Map<string, Date>();
    for (const { subject, lastSeenAt } of await open(ids)) {
      const known = lastSeen.get(subject);
      if (known === undefined || known < lastSeenAt) lastSeen.set(subject, lastSeenAt);
    }
    emit({
      type: 'examined',
      subjects: ids.filter((id) => {
        const row = rows.get(id);
        if (row === undefined || row.path === null || row.path === '') return true;
        const standing = standingOf(row, clock.now());
        if (standing.kind === 'open') return kind === 'scrub';
        if (standing.kind === 'future') return false;
        return statted(row) || standing.verifiedAt > (isoOrUndefined(lastSeen.get(id)) ?? '');
      }),
    });
  }
}
