import { SHA256_KEY } from '../../../core/checksum-marker.js';
import type { Finding, Severity } from '../../../core/finding.js';
import { timeText } from '../../../core/iso-time.js';
import { printable } from '../../../core/printable.js';
import { sha256Of } from '../../../files/stand-in.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { Decision } from '../pipeline/decide.js';
import type { FileRead } from '../pipeline/file-reads.js';
import type { Result } from './results.js';

const CODES: Readonly<Partial<Record<Result, { code: string; severity: Severity; what: string }>>> = {
  no_file: { code: 'file.missing', severity: 'warning', what: 'has no file' },
  lost: { code: 'file.lost', severity: 'error', what: 'had a file that was hashed, and it is gone' },
  outside_root: {
    code: 'file.outside_root',
    severity: 'error',
    what: 'has a path that leads out of its root',
  },
  not_regular: { code: 'file.not_regular', severity: 'error', what: 'has a path that is no regular file' },
  pointer: {
    code: 'file.pointer',
    severity: 'warning',
    what: 'has only a stand-in where its file belongs',
  },
  unreadable: { code: 'file.unreadable', severity: 'error', what: 'has a file that can not be read' },
  unstable: { code: 'file.unstable', severity: 'error', what: 'has a file that changes while it is read' },
  conflict: { code: 'row.conflict', severity: 'error', what: 'changed whenever it was to be written' },
  bad_metadata: {
    code: 'row.bad_metadata',
    severity: 'error',
    what: 'has metadata that can not be added to',
  },
};

/** What an operator must see of one row's result; nothing for what went as it should. */
export function findingOf(
  row: ArtifactRow,
  decision: Decision,
  read: FileRead | undefined,
): Finding | undefined {
  if (decision.result === 'drift') return driftFinding(row, decision, read);
  if (decision.write) return malformedFinding(row, decision.malformed);
  const base =
    decision.code === 'row.side_effect'
      ? SIDE_EFFECT
      : decision.result === 'conflict' && read?.kind === 'ambiguous'
        ? AMBIGUOUS
        : CODES[decision.result];
  if (!base) return undefined;
  const severity = decision.result === 'lost' && isUnrecoverable(row) ? 'info' : base.severity;
  return {
    code: base.code,
    severity,
    subject: row.id,
    message: `${nameOf(row)} ${base.what}: ${decision.reason}`,
    detail: {
      artifact_type: row.type,
      file_path: row.path,
      ...(read?.kind === 'pointer' ? { oid: sha256Of(read.standIn), stand_in: read.standIn.kind } : {}),
    },
  };
}

const SIDE_EFFECT = { code: 'row.side_effect', severity: 'error', what: 'could not be written' } as const;

const AMBIGUOUS = {
  code: 'root.ambiguous',
  severity: 'error',
  what: 'has a path that leads to different files in different roots',
} as const;

/** Someone searched for it, and said so: that it is gone is no news. */
export function isUnrecoverable(row: ArtifactRow): boolean {
  return row.metadata.kind === 'object' && row.metadata.keys[UNRECOVERABLE_KEY] === 'true';
}

export const UNRECOVERABLE_KEY = 'file_unrecoverable';

function malformedFinding(row: ArtifactRow, malformed: string | undefined): Finding | undefined {
  if (malformed === undefined) return undefined;
  return {
    code: 'digest.malformed',
    severity: 'warning',
    subject: row.id,
    message: `${nameOf(row)} had a ${SHA256_KEY} that is no SHA-256; it was replaced`,
    detail: { artifact_type: row.type, file_path: row.path, recorded: malformed.slice(0, 200) },
  };
}

function driftFinding(
  row: ArtifactRow,
  decision: Extract<Decision, { result: 'drift' }>,
  read: FileRead | undefined,
): Finding | undefined {
  if (read?.kind !== 'hashed') return undefined;
  const { sizeBytes, mtimeNs } = read.file.identity;
  return {
    code: decision.rejected ? 'drift.rejected_remains' : 'drift.detected',
    severity: decision.rejected ? 'warning' : 'error',
    subject: row.id,
    message: driftMessage(row, decision, read),
    detail: {
      artifact_type: row.type,
      file_path: row.path,
      old_sha256: decision.oldSha256,
      new_sha256: read.sha256,
      size_bytes: sizeBytes,
      mtime: timeText(Number(mtimeNs / 1_000_000n)),
      class: decision.class,
      written: decision.write,
    },
  };
}

/** The loud line: row, old and new hash, size and time. */
export function driftMessage(
  row: ArtifactRow,
  decision: Extract<Decision, { result: 'drift' }>,
  read: Extract<FileRead, { kind: 'hashed' }>,
): string {
  const { sizeBytes, mtimeNs } = read.file.identity;
  const kept = decision.write
    ? ''
    : decision.rejected
      ? '; rejected before, not written'
      : '; held, not written';
  return `drift (${decision.class}): ${nameOf(row)} was ${decision.oldSha256}, is ${read.sha256}, ${sizeBytes} bytes, mtime ${timeText(Number(mtimeNs / 1_000_000n))}${kept}`;
}

function nameOf(row: ArtifactRow): string {
  return printable(`${row.type ?? 'artifact'} ${row.id} (${JSON.stringify(row.path)})`);
}
