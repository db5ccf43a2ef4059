/**
 * A summary grows with the number of partitions, but an event goes into a table or to a server that belongs to others.
 * Above this size its lists and tables are left out.
 */
const MAX_METRICS_CHARS = 64 * 1024;

/** The summary, or if it is too large only its plain counts with `truncated: true`. */
export function boundedMetrics(summary: Record<string, unknown>): Record<string, unknown> {
  if (JSON.stringify(summary).length <= MAX_METRICS_CHARS) return summary;
  const plain = Object.entries(summary).filter(([, value]) => isPlain(value));
  return { ...Object.fromEntries(plain), truncated: true };
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= 1024;
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}
