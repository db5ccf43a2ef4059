import type { Finding } from '../../../core/finding.js';
import type { ChecksumPorts } from '../options.js';
import type { Finished } from '../pipeline/commit-queue.js';
import { findingsOf, isUnrecoverable } from './findings.js';
import { RESIDUAL_RESULTS, type Result } from './results.js';
import type { Tally } from './summary.js';

/** What is told of a row when its result is final: plain JSON, because another host may be the one that tells it. */
export interface RowReport {
  id: string;
  type: string | null;
  path: string;
  result: Result;
  /** What was read of its file, a second time included. */
  bytes: number;
  findings: Finding[];
  /** The file was read and is as it was; the row was not touched. */
  verified?: true;
  /** Its digest is on record and its file is gone, without a person's word that it is. */
  lost?: true;
  /** Drift that a person has decided about already. */
  rejected?: true;
}

export function reportOf({ row, decision, read, verified, now }: Finished): RowReport {
  const { result } = decision;
  const size = sizeOf(read);
  return {
    id: row.id,
    type: row.type,
    path: row.path ?? '',
    result,
    bytes: decision.result === 'drift' ? 2 * size : size,
    findings: findingsOf(row, decision, read, now),
    ...(verified ? { verified: true } : {}),
    ...(result === 'lost' && !isUnrecoverable(row) ? { lost: true } : {}),
    ...(decision.result === 'drift' && decision.rejected ? { rejected: true } : {}),
  };
}

function sizeOf(read: Finished['read']): number {
  if (read?.kind === 'hashed') return read.file.identity.sizeBytes;
  return read?.kind === 'pointer' ? (read.sizeBytes ?? 0) : 0;
}

/** Tells what became of rows, and keeps what the exit code is made of. */
export class RowVerdict {
  lost = 0;
  rejected = 0;
  verified = 0;

  count(report: RowReport, tally: Tally, ports: Pick<ChecksumPorts, 'emit' | 'residual'>): void {
    const { id, type, path, result, findings } = report;
    tally.result(type, result);
    if (report.lost) this.lost += 1;
    if (report.rejected) this.rejected += 1;
    if (report.verified) this.verified += 1;
    ports.emit({ type: 'examined', subjects: [id] });
    for (const finding of findings) ports.emit({ type: 'finding', finding });
    if (!RESIDUAL_RESULTS.has(result)) return;
    ports.residual?.({ id, artifact_type: type, file_path: path, reason: result });
  }
}
