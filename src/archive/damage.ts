/**
 * What is wrong with bytes that were to be read: cut off, changed, over a limit, in a form that cannot be read here,
 * a tar without a member, nothing at all, or read by a reader that lost some of it. The code of its finding is `archive.`
 * and the kind.
 */
export type DamageKind =
  | 'truncated'
  | 'corrupt'
  | 'limit'
  | 'unsupported'
  | 'no_members'
  | 'empty'
  | 'unaccounted';

/** Bytes that are not what their format promises. Jobs turn it into a finding or a `Failure` that names the object. */
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
