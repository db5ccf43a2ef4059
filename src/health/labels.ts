/** What others call our statuses and severities; the nearest in meaning first, and never a good word for a bad one. */
const GOOD = [
  'success',
  'succeeded',
  'passed',
  'pass',
  'healthy',
  'green',
  'good',
  'completed',
  'complete',
  'done',
];
const BAD = ['failed', 'failure', 'fail', 'error', 'critical', 'crit', 'unhealthy', 'red', 'bad'];

const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  running: ['started', 'in_progress', 'in progress', 'active', 'pending'],
  ok: GOOD,
  partial: ['ok', ...GOOD],
  findings: BAD,
  incomplete: ['unknown', ...BAD],
  interrupted: ['cancelled', 'canceled', 'aborted', 'stopped', 'unknown', ...BAD],
  info: ['informational', 'notice', 'ok', 'normal', 'low'],
  warning: ['warn', 'minor', 'medium'],
  error: ['err', 'critical', 'crit', 'major', 'high', 'fatal', 'alert'],
};

/** The label of an enum that says `value`: itself, in any case, or the first synonym that is there. */
export function labelFor(value: string, labels: readonly string[]): string | undefined {
  const wanted = [value, ...(SYNONYMS[value] ?? [])];
  for (const word of wanted) {
    const label = labels.find((candidate) => candidate.toLowerCase() === word);
    if (label !== undefined) return label;
  }
  return undefined;
}
