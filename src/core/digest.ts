/** A SHA-256 as 64 lower-case hex digits. */
export type Sha256 = string;

/** Whether `value` is a SHA-256 as Salvor writes it (FIPS 180-4; lower-case hex). */
export function isSha256(value: unknown): value is Sha256 {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
