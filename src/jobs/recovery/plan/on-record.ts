import { createHash } from 'node:crypto';
import { type DigestAlgorithm, parseDigest } from '../../../core/recorded-digest.js';
import type { ArtifactReader, ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';

/** A digest recorded by another program, from a column or key that `registry.digests` names. */
interface RecordedDigest {
  /** `metadata.md5`, or the name of a column. */
  source: string;
  algorithm: DigestAlgorithm;
  hex: string;
}

/** The values of a row that `registry.digests` names. */
export interface OnRecord {
  digests: readonly RecordedDigest[];
  /** A SHA-256 over all these values, valid digests or not. It changes when one of them does. */
  state: string;
}

/** Undefined if `registry.digests` is not configured. */
export function onRecord({ recorded, recordedText }: ArtifactRow): OnRecord | undefined {
  if (recorded === undefined) return undefined;
  const digests = recorded.flatMap(({ source, algorithm, text }) => {
    const parsed = parseDigest(text, algorithm);
    return parsed.kind === 'digest' ? [{ source, algorithm: parsed.algorithm, hex: parsed.hex }] : [];
  });
  const texts = recorded.map(({ source, text }) => [source, text]);
  const state = createHash('sha256').update(JSON.stringify([texts, recordedText ?? null]));
  return { digests, state: state.digest('hex') };
}

/** The digests recorded for these rows by other programs, if `registry.digests` is configured. */
export async function onRecordOf(
  ids: readonly string[],
  artifacts: ArtifactReader | undefined,
): Promise<ReadonlyMap<string, OnRecord>> {
  const rows = artifacts === undefined || ids.length === 0 ? [] : await artifacts.read(ids);
  return new Map(
    rows.flatMap((row) => {
      const one = onRecord(row);
      return one === undefined ? [] : [[row.id, one] as const];
    }),
  );
}

/** SHA-256 digests recorded by other programs. They count as Salvor's own if it has none. */
export function recordedSha256s(one: OnRecord | undefined): string[] {
  return (one?.digests ?? []).flatMap(({ algorithm, hex }) => (algorithm === 'sha256' ? [hex] : []));
}
