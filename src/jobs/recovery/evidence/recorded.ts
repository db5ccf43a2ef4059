import { printable } from '../../../core/printable.js';
import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import type { OnRecord } from '../plan/on-record.js';

/** The first recorded digest that a content contradicts, in words. All recorded algorithms must be computed. */
export function contradicted(
  onRecord: OnRecord | undefined,
  digests: ReadonlyMap<DigestAlgorithm, string>,
): string | undefined {
  const wrong = onRecord?.digests.find(({ algorithm, hex }) => digests.get(algorithm) !== hex);
  return wrong === undefined
    ? undefined
    : `its ${wrong.algorithm} differs from the one recorded in ${printable(wrong.source)}`;
}
