import { formatDuration } from '../core/durations.js';
import { formatSize } from '../core/sizes.js';
import type { Progress } from './event.js';

/** One progress line: count, percentage, rate, time left, and the details that the job adds. */
export function progressText(progress: Progress, elapsedMs: number): string {
  const { done, total, unit, detail } = progress;
  const amount = (n: number): string => (unit === 'bytes' ? formatSize(n) : n.toLocaleString('en-US'));
  const parts = [unit === 'bytes' ? amount(done) : `${amount(done)} ${unit}`];
  if (total !== undefined && total > 0)
    parts[0] += ` of ${amount(total)} (${Math.floor((done / total) * 100)}%)`;
  const perSecond = elapsedMs > 0 ? done / (elapsedMs / 1000) : 0;
  if (perSecond > 0) parts.push(`${amount(Math.round(perSecond))}/s`);
  if (total !== undefined && perSecond > 0 && done < total) {
    parts.push(`${formatDuration(((total - done) / perSecond) * 1000)} left`);
  }
  for (const [name, value] of Object.entries(detail ?? {})) {
    parts.push(typeof value === 'number' ? `${value.toLocaleString('en-US')} ${name}` : `${name} ${value}`);
  }
  return parts.join(' · ');
}
