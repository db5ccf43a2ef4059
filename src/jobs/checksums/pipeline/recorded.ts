import { type DigestAlgorithm, digestText, parseDigest } from '../../../core/recorded-digest.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { Digests, FileRead } from './file-reads.js';

/** A recorded digest that can be compared. */
export interface ComparableDigest {
  source: string;
  algorithm: DigestAlgorithm;
  hex: string;
  /** The sidecar is older than the last change of the file. */
  isOlder?: boolean;
}

/** The digests that are recorded for a row in addition to `file_sha256`. */
export interface RecordedDigests {
  digests: readonly ComparableDigest[];
  malformed: readonly { source: string; text: string; reason: string }[];
}

export function recordedDigests(row: Pick<ArtifactRow, 'recorded'>): RecordedDigests {
  const digests: ComparableDigest[] = [];
  const malformed: { source: string; text: string; reason: string }[] = [];
  for (const { source, algorithm, text, problem, isOlder } of row.recorded ?? []) {
    if (problem !== undefined) malformed.push({ source, text: '', reason: problem });
    const parsed = parseDigest(text, algorithm);
    if (parsed.kind === 'digest')
      digests.push({ source, algorithm: parsed.algorithm, hex: parsed.hex, ...(isOlder && { isOlder }) });
    if (parsed.kind === 'malformed') malformed.push({ source, text: text ?? '', reason: parsed.reason });
  }
  return { digests, malformed };
}

/** The algorithms that a read must compute for the row, in addition to SHA-256. */
export function algorithmsFor(row: Pick<ArtifactRow, 'recorded'>): DigestAlgorithm[] {
  const wanted = recordedDigests(row).digests.map(({ algorithm }) => algorithm);
  return [...new Set(wanted)].filter((algorithm) => algorithm !== 'sha256').sort();
}

/** How a read compares with the recorded digests. */
export interface Comparison {
  agrees: readonly ComparableDigest[];
  contradicts: readonly ComparableDigest[];
}

/** `settled`: digests, as `md5:…`, for which a person accepted other content; they are no longer reported. */
export function compareRecorded(
  row: Pick<ArtifactRow, 'recorded'>,
  read: Extract<FileRead, { kind: 'hashed' }>,
  settled: ReadonlySet<string> = new Set(),
): Comparison {
  const found: Digests = { ...read.digests, sha256: read.sha256 };
  const asked = recordedDigests(row).digests.filter(
    ({ algorithm, hex }) => !settled.has(digestText(algorithm, hex)),
  );
  const isSame = ({ algorithm, hex }: ComparableDigest): boolean => found[algorithm] === hex;
  return { agrees: asked.filter(isSame), contradicts: asked.filter((digest) => !isSame(digest)) };
}

/** The stored form: `md5:… sha1:…`, sorted and without duplicates. */
export function digestList(digests: readonly Pick<ComparableDigest, 'algorithm' | 'hex'>[]): string {
  return [...new Set(digests.map(({ algorithm, hex }) => digestText(algorithm, hex)))].sort().join(' ');
}

/** Where digests are recorded, for output: `metadata.md5, data.csv.sha256 (older than the file)`. */
export function sourcesOf(digests: readonly Pick<ComparableDigest, 'source' | 'isOlder'>[]): string {
  const names = digests.map(({ source, isOlder }) => `${source}${isOlder ? ' (older than the file)' : ''}`);
  return [...new Set(names)].join(', ');
}

/** The file's actual digests of the same algorithms. */
export function foundInstead(
  digests: readonly ComparableDigest[],
  read: Extract<FileRead, { kind: 'hashed' }>,
): string {
  const found: Digests = { ...read.digests, sha256: read.sha256 };
  return digestList(digests.map(({ algorithm }) => ({ algorithm, hex: found[algorithm] ?? '' })));
}
