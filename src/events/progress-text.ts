import { formatDuration } from '../core/durations.js';
import { counted, number } from '../core/pluralize.js';
import { formatSize } from '../core/sizes.js';
import type { Progress } from './event.js';

/** One progress line: count, percentage, rate, time left, and the details that the job adds. */
export function progressText(progress: Progress, elapsedMs: number): string {
  const { done, total, unit, detail } = progress;
  const amount = (n: number): string => (unit === 'bytes' ? formatSize(n) : number(n));
  const parts = [unit === 'bytes' ? amount(done) : countedIn(done, unit)];
  if (total !== undefined && total > 0)
    parts[0] += ` of ${amount(total)} (${Math.floor((done / total) * 100)}%)`;
  const perSecond = elapsedMs > 0 ? done / (elapsedMs / 1000) : 0;
  if (perSecond > 0) parts.push(`${amount(Math.round(perSecond))}/s`);
  if (total !== undefined && perSecond > 0 && done < total) {
    parts.push(`${formatDuration(((total - done) / perSecond) * 1000)} left`);
  }
  for (const [name, value] of Object.entries(detail ?? {})) {
    parts.push(typeof value === 'number' ? countedIn(value, name) : `${name} ${value}`);
  }
  return parts.join(' · ');
}

/** `1 page`, `2 pages`: the units of progress are plurals with an s, or words such as `drift` that have none. */
function countedIn(value: number, unit: string): string {
  return counted(value, unit.replace(/s$/, ''), unit);
}
