import { createHash } from 'node:crypto';
import { type DigestAlgorithm, parseDigest } from '../../../core/recorded-digest.js';
import type { ArtifactReader, ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';

/** A digest that another program recorded, at a place that `registry.digests` names. */
interface RecordedDigest {
  /** `metadata.md5`, or the name of a column. */
  source: string;
  algorithm: DigestAlgorithm;
  hex: string;
}

/** What `registry.digests` names of a row. */
export interface OnRecord {
  digests: readonly RecordedDigest[];
  /** A SHA-256 over all that the places hold, whether it is a digest or not: if it changes, one of them did. */
  state: string;
}

/** Undefined where the configuration names no places. */
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

/** What is on record of the files of these rows, where the configuration names places for it. */
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

/** SHA-256s that others recorded: as good as Salvor's own where there is none of that. */
export function recordedSha256s(one: OnRecord | undefined): string[] {
  return (one?.digests ?? []).flatMap(({ algorithm, hex }) => (algorithm === 'sha256' ? [hex] : []));
}
