import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { IS_DIRECTORY } from '../../../files/port.js';
import type { ChecksumPorts } from '../options.js';
import type { Finished } from '../pipeline/finished-row.js';
import { findingsOf, isUnrecoverable } from './findings.js';
import { RESIDUAL_RESULTS, type RowReport } from './results.js';
import type { Tally } from './summary.js';

export function reportOf({ row, decision, read, verified, now }: Finished): RowReport {
  const { result } = decision;
  const size = sizeOf(read);
  const directory = read?.kind === 'not_regular' && read.reason === IS_DIRECTORY;
  return {
    id: row.id,
    type: row.type,
    path: row.path ?? '',
    result,
    bytes: decision.result === 'drift' ? 2 * size : size,
    findings: findingsOf(row, decision, read, now).filter(
      ({ code }) => !directory || code !== 'file.not_regular',
    ),
    ...(directory ? { directory } : {}),
    ...(verified ? { verified: true } : {}),
    ...(result === 'lost' && !isUnrecoverable(row) ? { lost: true } : {}),
    ...(decision.result === 'drift' && decision.rejected ? { rejected: true } : {}),
  };
}

function sizeOf(read: Finished['read']): number {
  if (read?.kind === 'hashed') return read.file.identity.sizeBytes;
  return read?.kind === 'pointer' ? (read.sizeBytes ?? 0) : 0;
}

/** How many examples one finding names. */
const SAMPLE = 5;

/** Prefix of the subject of a finding about all rows of a type. */
const TYPE_SUBJECT = 'type:';

/** The type that a finding's subject names; undefined if the subject is the id of a row. */
export function typeOfSubject(subject: string): string | undefined {
  return subject.startsWith(TYPE_SUBJECT) ? subject.slice(TYPE_SUBJECT.length) : undefined;
}

/** Paths that lead to directories, by type. They are not hashed, and each type gets one finding. */
class DirectoryTally {
  readonly #types = new Map<string, { count: number; sample: string[] }>();

  get count(): number {
    return [...this.#types.values()].reduce((sum, { count }) => sum + count, 0);
  }

  add(type: string | null, path: string): void {
    const name = type ?? '(none)';
    const known = this.#types.get(name) ?? { count: 0, sample: [] };
    known.count += 1;
    // The first by name, not by time: workers report in any order, but the finding must not change.
    known.sample = [...known.sample, path].sort().slice(0, SAMPLE);
    this.#types.set(name, known);
  }

  findings(): Finding[] {
    return [...this.#types]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, { count, sample }]) => ({
        code: 'file.not_regular',
        severity: 'warning',
        subject: `${TYPE_SUBJECT}${type}`,
        message: printable(
          `${counted(count, 'path')} of the type ${type} ${count === 1 ? 'is a directory, which is' : 'are directories, which are'} not hashed: ${sample.map((path) => JSON.stringify(path)).join(', ')}${count > SAMPLE ? ', …' : ''}`,
        ),
        detail: { artifact_type: type, directories: count, sample },
      }));
  }
}

/** Reports the results of rows, and counts what determines the exit code. */
export class RowVerdict {
  /** Rows with a recorded digest whose file is missing, unless a person has marked it as lost. */
  lost = 0;
  /** Drift that a person has already decided. */
  rejected = 0;
  /** Rows whose file is unchanged and that were not written. */
  verified = 0;
  /** Paths that lead to directories. */
  readonly directories = new DirectoryTally();

  count(report: RowReport, tally: Tally, ports: Pick<ChecksumPorts, 'emit' | 'residual'>): void {
    const { id, type, path, result, findings } = report;
    tally.result(type, result);
    if (report.directory) this.directories.add(type, path);
    if (report.lost) this.lost += 1;
    if (report.rejected) this.rejected += 1;
    if (report.verified) this.verified += 1;
    ports.emit({ type: 'examined', subjects: [id] });
    for (const finding of findings) ports.emit({ type: 'finding', finding });
    if (!RESIDUAL_RESULTS.has(result)) return;
    ports.residual?.({ id, artifact_type: type, file_path: path, reason: result });
  }
}
