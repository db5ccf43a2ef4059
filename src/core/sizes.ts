import { usageFailure } from './failure.js';

export { formatSize } from './format-size.js';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** Bytes of `50MB` (decimal), `4MiB` or `4M` (binary), `123`. @throws Failure `usage.size`. */
export function parseSize(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2].toLowerCase()];
  const bytes = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (!Number.isSafeInteger(bytes)) {
    throw usageFailure(
      'usage.size',
      `not a size: ${JSON.stringify(text)}`,
      'write a number and a unit: 50MB, 4MiB',
    );
  }
  return bytes;
}

/** Bytes per second of `50MB/s`; the `/s` may be left out. */
export function parseRate(text: string): number {
  try {
    return parseSize(text.trim().replace(/\/s(ec)?$/i, ''));
  } catch {
    throw usageFailure(
      'usage.size',
      `not a rate: ${JSON.stringify(text)}`,
      'write bytes per second with a unit, such as 50MB/s',
    );
  }
}
