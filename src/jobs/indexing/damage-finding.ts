import type { Damage, DamageKind } from '../../archive/damage.js';
import type { ArchiveNote } from '../../archive/notes.js';
import type { Finding } from '../../core/finding.js';

const CODES: Readonly<Record<DamageKind, string>> = {
  truncated: 'archive.truncated',
  corrupt: 'archive.corrupt',
  limit: 'archive.limit',
  unsupported: 'archive.unsupported',
  no_members: 'archive.no_members',
  empty: 'archive.empty',
  unaccounted: 'archive.unaccounted',
};

/** The finding for a damaged archive. */
export function damageFinding(subject: string, damage: Damage): Finding {
  return { code: CODES[damage.kind], severity: 'error', subject, message: damage.message };
}

/** The findings for an archive that could be read despite flaws. */
export function noteFindings(subject: string, notes: readonly ArchiveNote[]): Finding[] {
  return notes.map(({ code, severity, message }) => ({ code, severity, subject, message }));
}
