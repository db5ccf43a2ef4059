import type { Damage, DamageKind } from '../../archive/damage.js';
import type { Finding } from '../../core/finding.js';

const CODES: Readonly<Record<DamageKind, string>> = {
  truncated: 'archive.truncated',
  corrupt: 'archive.corrupt',
  limit: 'archive.limit',
  unsupported: 'archive.unsupported',
};

/** What is to be said of an archive whose bytes are not what they must be. */
export function damageFinding(subject: string, damage: Damage): Finding {
  return { code: CODES[damage.kind], severity: 'error', subject, message: damage.message };
}
