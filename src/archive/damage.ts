/**
 * What is wrong with an archive's bytes: truncated, corrupt, over a limit, in an unsupported format, a tar without
 * members, empty, or not fully accounted for by the reader. The code of the finding is `archive.` plus the kind.
 */
export type DamageKind =
  | 'truncated'
  | 'corrupt'
  | 'limit'
  | 'unsupported'
  | 'no_members'
  | 'empty'
  | 'unaccounted';

/** Bytes that violate their format. Jobs convert it to a finding or a `Failure` that names the object. */
export class Damage extends Error {
  override readonly name = 'Damage';
  readonly kind: DamageKind;

  constructor(kind: DamageKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export function formatDamage(kind: DamageKind, message: string): Damage {
  return new Damage(kind, message);
}
