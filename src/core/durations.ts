import { usageFailure } from './failure.js';

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `90s`, `26h`, `90d`, `1h30m`; `0` needs no unit. @throws Failure `usage.duration`. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const parts = [...trimmed.matchAll(/(\d{1,12})(ms|[smhdw])/g)];
  const ms = parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS_MS[part[2] ?? ''] ?? Number.NaN), 0);
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== trimmed || !Number.isSafeInteger(ms)) {
    throw usageFailure(
      'usage.duration',
      `not a duration: ${JSON.stringify(text)}`,
      'write it as 90s, 30m, 26h or 90d',
    );
  }
  return ms;
}

/** The two largest units: `1d 2h`, `3m 5s`, `42 s`, `7 ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}
