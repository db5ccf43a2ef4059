import { printable } from '../../../core/printable.js';
import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import type { OnRecord } from '../plan/on-record.js';

/** The first digest on record that a content does not have, in words. All algorithms on record must be computed. */
export function contradicted(
  onRecord: OnRecord | undefined,
  digests: ReadonlyMap<DigestAlgorithm, string>,
): string | undefined {
  const wrong = onRecord?.digests.find(({ algorithm, hex }) => digests.get(algorithm) !== hex);
  return wrong === undefined
    ? undefined
    : `its ${wrong.algorithm} is not the one on record in ${printable(wrong.source)}`;
}
