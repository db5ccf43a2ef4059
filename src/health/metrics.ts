/**
 * A summary grows with the number of partitions; an event is a row in somebody else's table and a message to
 * somebody else's server. Above this size the lists and tables in it are left out.
 */
const MAX_METRICS_CHARS = 64 * 1024;

/** The summary as it is, or, where it is too large, its plain counts with `truncated: true`. */
export function boundedMetrics(summary: Record<string, unknown>): Record<string, unknown> {
  if (JSON.stringify(summary).length <= MAX_METRICS_CHARS) return summary;
  const plain = Object.entries(summary).filter(([, value]) => isPlain(value));
  return { ...Object.fromEntries(plain), truncated: true };
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= 1024;
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}
