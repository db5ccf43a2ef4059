import { asUuid } from '../../core/uuid.js';
import type { ArtifactShape } from './table-schema.js';

/** The largest value of each integer type; the smallest is one further below zero. */
const LARGEST: Readonly<Record<string, bigint>> = {
  smallint: 2n ** 15n - 1n,
  integer: 2n ** 31n - 1n,
  bigint: 2n ** 63n - 1n,
};

/**
 * Whether a text can be an id of the table. One that cannot is the id of nothing; the server would refuse the whole
 * query for it.
 */
export function canBeId(text: string, { id }: Pick<ArtifactShape, 'id'>): boolean {
  const largest = LARGEST[id.type];
  if (largest !== undefined) {
    if (!/^-?\d{1,19}$/.test(text)) return false;
    const value = BigInt(text);
    return value <= largest && value >= -largest - 1n;
  }
  if (id.type === 'numeric') return /^-?\d+(?:\.\d+)?$/.test(text);
  if (id.type === 'uuid') return asUuid(text) !== undefined;
  return !text.includes('\0');
}
