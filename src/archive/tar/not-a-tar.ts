import { counted } from '../../core/pluralize.js';
import { type Damage, formatDamage } from '../damage.js';
import { nameFormat } from '../other-formats.js';
import { BLOCK_BYTES } from './header.js';

/** The damage of a file that does not start like a tar: what it is instead, if its first bytes say so. */
export function notATar(head: Uint8Array): Damage {
  const format = nameFormat(head);
  if (format !== undefined) return formatDamage('unsupported', `not a tar: it is ${format}`);
  const what =
    head.length < BLOCK_BYTES ? `it has only ${counted(head.length, 'byte')}` : 'it has no tar header';
  return formatDamage('unsupported', `not a tar: ${what}`);
}
