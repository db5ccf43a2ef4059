import { COMPUTED_AT_KEY, SHA256_KEY } from '../../../core/checksum-marker.js';
import type { Finding, Severity } from '../../../core/finding.js';
import { timeText } from '../../../core/iso-time.js';
import { counted } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { sha256Of } from '../../../files/stand-in.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import { standingOf } from '../pipeline/current-marker.js';
import type { Decision, DriftFound } from '../pipeline/decide.js';
import type { FileRead } from '../pipeline/file-reads.js';
import { type ComparableDigest, compareRecorded, recordedDigests } from '../pipeline/recorded.js';
import type { Result } from './results.js';

const CODES: Readonly<Partial<Record<Result, { code: string; severity: Severity; what: string }>>> = {
  no_file: { code: 'file.missing', severity: 'warning', what: 'has no file' },
  lost: { code: 'file.lost', severity: 'error', what: 'was hashed before, and its file is now missing' },
  outside_root: {
    code: 'file.outside_root',
    severity: 'error',
    what: 'has a path outside its root',
  },
  elsewhere: { code: 'file.elsewhere', severity: 'info', what: 'has its file outside every root' },
  not_regular: { code: 'file.not_regular', severity: 'error', what: 'has a path that is not a regular file' },
  pointer: {
    code: 'file.pointer',
    severity: 'warning',
    what: 'has only a stand-in instead of its file',
  },
  unreadable: { code: 'file.unreadable', severity: 'error', what: 'has a file that cannot be read' },
  unstable: { code: 'file.unstable', severity: 'error', what: 'has a file that changed while it was read' },
  conflict: {
    code: 'row.conflict',
    severity: 'error',
    what: 'was changed by others before it could be written',
  },
  bad_metadata: {
    code: 'row.bad_metadata',
    severity: 'error',
    what: 'has metadata to which no keys can be added',
  },
};

/** The findings about one row: about its result, and about the digests recorded for it. */
export function findingsOf(
  row: ArtifactRow,
  decision: Decision,
  read: FileRead | undefined,
  now: Date,
): Finding[] {
  const result = findingOf(row, decision, read);
  const standing = standingOf(row, now);
  return [
    ...(result ? [result] : []),
    ...(standing.kind === 'future' ? [futureFinding(row, standing.marker.computedAt)] : []),
    ...recordFindings(row, read),
  ];
}

function futureFinding(row: ArtifactRow, marker: string): Finding {
  return {
    code: 'marker.future',
    severity: 'warning',
    subject: row.id,
    message: `${nameOf(row)} has a ${COMPUTED_AT_KEY} in the future (${marker}); it was ignored, and the file was read`,
    detail: { artifact_type: row.type, file_path: row.path, computed_at: marker },
  };
}

function recordFindings(row: ArtifactRow, read: FileRead | undefined): Finding[] {
  const { digests, malformed } = recordedDigests(row);
  const detail = { artifact_type: row.type, file_path: row.path };
  const findings: Finding[] = malformed.map(({ source, text, reason }) => ({
    code: 'digest.malformed',
    severity: 'warning',
    subject: row.id,
    message: `${nameOf(row)} has a digest in ${source} that was ignored: ${reason}`,
    detail: { ...detail, source, recorded: text.slice(0, 200) },
  }));
  const compared = read?.kind === 'hashed' ? compareRecorded(row, read) : undefined;
  if (disagree(digests) || (compared && compared.agrees.length > 0 && compared.contradicts.length > 0)) {
    findings.push({
      code: 'digest.disagree',
      severity: 'warning',
      subject: row.id,
      message: `${nameOf(row)} has recorded digests that cannot all belong to the same content: ${digests.map(({ source, algorithm, hex }) => `${source} says ${algorithm}:${hex}`).join(', ')}`,
      detail: { ...detail, digests: Object.fromEntries(digests.map(({ source, hex }) => [source, hex])) },
    });
  }
  return findings;
}

function disagree(digests: readonly ComparableDigest[]): boolean {
  const first = new Map<string, string>();
  return digests.some(({ algorithm, hex }) => {
    const known = first.get(algorithm) ?? hex;
    first.set(algorithm, known);
    return known !== hex;
  });
}

function findingOf(row: ArtifactRow, decision: Decision, read: FileRead | undefined): Finding | undefined {
  if (decision.result === 'drift') return driftFinding(row, decision, read);
  if (decision.write) return malformedFinding(row, decision.malformed);
  const base =
    decision.code !== undefined
      ? { code: decision.code, severity: 'error' as const, what: 'could not be written' }
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

const AMBIGUOUS = {
  code: 'root.ambiguous',
  severity: 'error',
  what: 'has a path that leads to different files in different roots',
} as const;

/** A person has already marked the file as lost. */
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
    message: `${nameOf(row)} had a ${SHA256_KEY} that was not a SHA-256 digest; it was replaced`,
    detail: { artifact_type: row.type, file_path: row.path, recorded: malformed.slice(0, 200) },
  };
}

function driftFinding(
  row: ArtifactRow,
  decision: DriftFound,
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
      ...(decision.recorded === null
        ? {}
        : {
            recorded_digests: decision.recorded,
            found_digests: decision.found,
            recorded_in: decision.sources,
          }),
      size_bytes: sizeBytes,
      mtime: timeText(Number(mtimeNs / 1_000_000n)),
      class: decision.class,
      written: decision.write,
    },
  };
}

/** The drift warning: row, old and new hash, size and time. */
export function driftMessage(
  row: ArtifactRow,
  decision: DriftFound,
  read: Extract<FileRead, { kind: 'hashed' }>,
): string {
  const { sizeBytes, mtimeNs } = read.file.identity;
  const kept = decision.write
    ? ''
    : decision.rejected
      ? '; rejected before, not written'
      : '; held, not written';
  const { was, is } = digestWords(decision, read.sha256);
  return `drift (${decision.class}): ${nameOf(row)} was ${was}, is ${is}, ${counted(sizeBytes, 'byte')}, mtime ${timeText(Number(mtimeNs / 1_000_000n))}${kept}`;
}

/** Recorded digests of other algorithms are shown next to the file's actual ones. */
function digestWords(
  { oldSha256, recorded, found, sources }: DriftFound,
  newSha256: string,
): { was: string; is: string } {
  if (recorded === null) return { was: oldSha256 ?? '', is: newSha256 };
  return { was: `${recorded} (in ${sources})`, is: `${found} (sha256 ${newSha256})` };
}

function nameOf(row: ArtifactRow): string {
  return printable(`${row.type ?? 'artifact'} ${row.id} (${JSON.stringify(row.path)})`);
}
