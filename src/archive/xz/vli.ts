import { formatDamage } from '../damage.js';

/** A variable-length integer of the .xz format (section 1.2): seven bits per byte, lowest first. @throws Damage */
export function readVli(bytes: Uint8Array, from: number, end: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < end && at < from + 9; at += 1, scale *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) break;
      return { value, next: at + 1 };
    }
  }
  throw formatDamage('corrupt', 'an xz block header has a number out of range');
}

export function writeVli(to: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) to.push((rest % 128) | 128);
  to.push(rest);
}
