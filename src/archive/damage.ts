/** What is wrong with bytes that were to be read: cut off, changed, over a limit, or in a form we can't read. */
export type DamageKind = 'truncated' | 'corrupt' | 'limit' | 'unsupported';

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
