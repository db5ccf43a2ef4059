/** Other names for our statuses and severities, closest in meaning first. A bad status never gets a good name. */
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

/** The enum label for `value`: the value itself in any case, or the first synonym that the enum has. */
export function labelFor(value: string, labels: readonly string[]): string | undefined {
  const wanted = [value, ...(SYNONYMS[value] ?? [])];
  for (const word of wanted) {
    const label = labels.find((candidate) => candidate.toLowerCase() === word);
    if (label !== undefined) return label;
  }
  return undefined;
}
