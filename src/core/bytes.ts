/**
 * Compares two strings by their UTF-8 bytes, as S3 orders keys. JavaScript's own `<` compares UTF-16 units and
 * puts an emoji (a surrogate pair) before U+FF5E; UTF-8 puts it after.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** The highest character: appended to a prefix, it sorts after every key that begins with the prefix. */
export const LAST_CHARACTER = '\u{10FFFF}';

/** Orders UTF-16 units like their UTF-8 bytes: surrogates (above U+FFFF) come last. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
