import { counted } from '../../core/pluralize.js';

export { formatSize as size } from '../../core/format-size.js';
export { counted as plural } from '../../core/pluralize.js';

const numbers = new Intl.NumberFormat('en');

/** Also of fractions, which have at most three digits. */
export function count(value: number): string {
  return numbers.format(value);
}

/** Never rounded up to 100 % or down to 0 %. Good shares are rounded down, bad ones up. */
export function percent(part: number, whole: number, round: 'down' | 'up' = 'down'): string {
  if (whole === 0) return '–';
  if (part === whole) return '100 %';
  if (part === 0) return '0 %';
  const exact = (part / whole) * 100;
  const shown = Math.min(99.99, Math.max(0.01, exact));
  const digits = shown > 99 || shown < 1 ? 2 : 1;
  const factor = 10 ** digits;
  const rounded = round === 'down' ? Math.floor(shown * factor) : Math.ceil(shown * factor);
  return `${(rounded / factor).toFixed(digits)} %`;
}

/** `1,527,620,000 bytes`: two files may differ by less than a rounded size shows. */
export function exactSize(bytes: number): string {
  return counted(bytes, 'byte');
}

const UNITS: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** The two largest units: `2d 3h`, `1m 02s`. Only the largest if it is `exactBelow` or more. */
export function duration(ms: number, exactBelow = 10): string {
  const first = UNITS.findIndex(([, unit]) => ms >= unit);
  const [name, unit] = UNITS[first] ?? ['ms', 1];
  const whole = Math.floor(ms / unit);
  const [nextName, nextUnit] = UNITS[first + 1] ?? ['', 0];
  const rest = nextUnit === 0 || first === -1 ? 0 : Math.floor((ms - whole * unit) / nextUnit);
  if (name === 'ms' || name === 's') return `${whole} ${name}`;
  return rest === 0 || whole >= exactBelow ? `${whole}${name}` : `${whole}${name} ${padded(rest, nextName)}`;
}

/** `02s`: seconds after minutes get two digits, as on a clock. */
function padded(value: number, unit: string): string {
  return unit === 's' ? `${String(value).padStart(2, '0')}s` : `${value}${unit}`;
}

/** Smaller ages get two units: `1d` could be almost two days. */
const EXACT_AGE = 2;

export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (ms < -60_000) return `in ${duration(-ms)}`;
  return ms < 5000 ? 'just now' : `${duration(ms, EXACT_AGE)} ago`;
}

/** `2026-11-20 18:04:09Z`, in UTC. */
export function exactTime(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')}Z`;
}

/** `2026-11-20 19:04 GMT+1`, in the browser's time zone. Undefined if that is UTC, or if the text is not a time. */
export function localTime(time: string): string | undefined {
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) return undefined;
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName');
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())} ${zone?.value ?? ''}`.trimEnd();
}

/** Characters that could hide or reorder the text around them: controls, bidirectional marks, invisible spaces. */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** An untrusted name with every character made visible. */
export function visible(text: string): string {
  return text.replace(
    UNSEEN,
    (char) => `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}
