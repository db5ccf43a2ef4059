import type { Severity } from '../core/finding.js';
import type { OpenGroup } from './port.js';
import { decodeText } from './text.js';

/** Where these questions can be asked; a pool, a transaction, or the dashboard's connection. */
export interface Asks {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

/**
 * Everything that is open, of every job: the one place that status, watchdog, metrics and dashboard have it from.
 * Errors first, then by count. Open drift is here too, from the table where people decide about it, which is next to
 * the artifacts.
 */
export async function openGroups(state: Asks, artifacts: Asks = state): Promise<OpenGroup[]> {
  const [findings, drift] = await Promise.all([
    state.query<GroupRow>(FINDINGS),
    hasDrift(artifacts).then((has) => (has ? artifacts.query<GroupRow>(DRIFT) : { rows: [] })),
  ]);
  return [...drift.rows, ...findings.rows].map(toGroup).sort(worstFirst);
}

/** Red is an open error that no baseline covers, from whatever job. Nothing turns it green but a fix or a decision. */
export function isRed(group: OpenGroup): boolean {
  return group.severity === 'error' && group.count > 0;
}

interface GroupRow {
  job: string;
  scope: string;
  code: string;
  severity: Severity;
  count: number;
  baseline: number;
  /** Time, subject and message of the oldest; the time only orders. */
  oldest: string[];
  oldest_at: Date;
}

/** The oldest of a group with what it says, as one value that `min` can compare. */
const oldest = (time: string, subject: string, message: string) =>
  `array[pg_catalog.to_char(${time} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ${subject}, ${message}]`;

const FINDINGS = `
select f.job, f.scope, f.code, f.severity,
  count(*) filter (where not f.baseline)::integer as count, count(*) filter (where f.baseline)::integer as baseline,
  coalesce(min(f.first_seen_at) filter (where not f.baseline), min(f.first_seen_at)) as oldest_at,
  coalesce(min(${oldest('f.first_seen_at', 'f.subject', 'f.message')}) filter (where not f.baseline),
    min(${oldest('f.first_seen_at', 'f.subject', 'f.message')}) filter (where f.baseline)) as oldest
from salvor.findings f where f.resolved_at is null
group by f.job, f.scope, f.code, f.severity`;

/** A run that is not on record next to the artifacts has its row in the database of `state.url`. */
const DRIFT = `
select coalesce(r.job, 'checksums verify') as job, coalesce(r.ledger_scope, r.scope, '') as scope,
  'drift.detected' as code, 'error' as severity, count(*)::integer as count, 0 as baseline,
  min(d.first_seen_at) as oldest_at,
  min(${oldest('d.first_seen_at', 'd.artifact_id', "'drift (' || d.class || '): ' || d.path")}) as oldest
from salvor.drift d left join salvor.runs r on r.id = d.run_id
where d.state = 'open' group by 1, 2`;

/** Whether the database of the artifacts has a table of drift: a registry may serve the listings alone. */
export async function hasDrift(artifacts: Asks): Promise<boolean> {
  const { rows } = await artifacts.query<{ there: boolean }>(
    "select pg_catalog.to_regclass('salvor.drift') is not null as there",
  );
  return rows[0]?.there === true;
}

function toGroup(row: GroupRow): OpenGroup {
  const { code, severity, count, baseline, oldest_at: oldestAt } = row;
  const [, subject = '', message = ''] = row.oldest;
  return {
    job: decodeText(row.job),
    scope: decodeText(row.scope),
    code,
    severity,
    count,
    baseline,
    oldestAt,
    sample: { subject: decodeText(subject), message: decodeText(message) },
  };
}

const RANK = { error: 0, warning: 1, info: 2 };

function worstFirst(a: OpenGroup, b: OpenGroup): number {
  const covered = Number(a.count === 0) - Number(b.count === 0);
  return RANK[a.severity] - RANK[b.severity] || covered || b.count - a.count || (a.code < b.code ? -1 : 1);
}
