import { XmlSyntaxError } from './xml-scanner.js';

/** At most fifteen decimal digits. @throws XmlSyntaxError */
export function parseListedSize(xml: Buffer, start: number, end: number): number {
  let value = 0;
  if (end === start || end - start > 15) throw new XmlSyntaxError('a size is no number');
  for (let at = start; at < end; at += 1) {
    const digit = (xml[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw new XmlSyntaxError('a size is no number');
    value = value * 10 + digit;
  }
  return value;
}

/** `2026-04-24T12:34:56.789Z` with an optional fraction; NaN for any other form. */
export function parseDate(xml: Buffer, start: number, end: number): number {
  const length = end - start;
  if ((length !== 20 && length !== 24) || xml[end - 1] !== 0x5a || xml[start + 10] !== 0x54)
    return Number.NaN;
  const digits = (offset: number, count: number): number => {
    let value = 0;
    for (let at = start + offset; at < start + offset + count; at += 1) {
      const digit = (xml[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return value;
  };
  const ms = length === 24 ? digits(20, 3) : 0;
  return Date.UTC(
    digits(0, 4),
    digits(5, 2) - 1,
    digits(8, 2),
    digits(11, 2),
    digits(14, 2),
    digits(17, 2),
    ms,
  );
}
