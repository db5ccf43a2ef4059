import type { Severity } from '../../core/finding.js';
import type { OpenGroup } from '../port.js';
import { decodeText } from '../text.js';
import type { Asks } from './asks.js';
import { LAST_SEEN_AT } from './last-seen.js';
import { tableExists } from './table-exists.js';

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
  /** Time, subject, message and run of the oldest; the time only orders. */
  oldest: string[];
  oldest_at: Date;
}

/** The oldest of a group with what it says, as one value that `min` can compare. */
const oldest = (time: string, subject: string, message: string, run: string) =>
  `array[pg_catalog.to_char(${time} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ${subject}, ${message}, ${run}]`;
const OLDEST_FINDING = oldest('f.first_seen_at', 'f.subject', 'f.message', 'f.last_run_id::text');

const FINDINGS = `
select f.job, f.scope, f.code, f.severity,
  count(*) filter (where not f.baseline)::integer as count, count(*) filter (where f.baseline)::integer as baseline,
  coalesce(min(f.first_seen_at) filter (where not f.baseline), min(f.first_seen_at)) as oldest_at,
  coalesce(min(${OLDEST_FINDING}) filter (where not f.baseline), min(${OLDEST_FINDING})) as oldest
from salvor.findings f where f.resolved_at is null
group by f.job, f.scope, f.code, f.severity`;

/** A run that is not on record next to the artifacts has its row in the database of `state.url`. */
const DRIFT = `
select coalesce(r.job, 'checksums verify') as job, coalesce(r.ledger_scope, r.scope, '') as scope,
  'drift.detected' as code, 'error' as severity, count(*)::integer as count, 0 as baseline,
  min(d.first_seen_at) as oldest_at,
  min(${oldest('d.first_seen_at', 'd.artifact_id', "'drift (' || d.class || '): ' || d.path", "coalesce(d.run_id::text, '')")}) as oldest
from salvor.drift d left join salvor.runs r on r.id = d.run_id
where d.state = 'open' group by 1, 2`;

/** Whether the database of the artifacts has a table of drift: a registry may serve the listings alone. */
export async function hasDrift(artifacts: Asks): Promise<boolean> {
  return tableExists(artifacts, 'salvor.drift');
}

function toGroup(row: GroupRow): OpenGroup {
  const { code, severity, count, baseline, oldest_at: oldestAt } = row;
  const [, subject = '', message = '', runId = ''] = row.oldest;
  return {
    job: decodeText(row.job),
    scope: decodeText(row.scope),
    code,
    severity,
    count,
    baseline,
    oldestAt,
    sample: { subject: decodeText(subject), message: decodeText(message), runId },
  };
}

const RANK = { error: 0, warning: 1, info: 2 };

function worstFirst(a: OpenGroup, b: OpenGroup): number {
  const covered = Number(a.count === 0) - Number(b.count === 0);
  return RANK[a.severity] - RANK[b.severity] || covered || b.count - a.count || (a.code < b.code ? -1 : 1);
}

/** An artifact that something open speaks against, and when that was last seen. */
export interface Contradicted {
  ids: string[];
  seenAt: Date[];
}

/**
 * Artifacts of which an open error, or a person's decision, says that their file or their backup is not as it was: a read
 * that was right before that counts no more. Open drift is not among them; it is next to the artifacts.
 */
export async function contradictedArtifacts(state: Asks): Promise<Contradicted> {
  const { rows } = await state.query<{ subject: string; at: Date }>(
    `select f.subject, max(${LAST_SEEN_AT}) as at from salvor.findings f
     where f.resolved_at is null and not f.failure
       and (f.severity = 'error' or f.code = 'drift.rejected_remains')
       and f.job in ('checksums verify', 'checksums backfill', 'recovery drill')
     group by f.subject`,
  );
  return { ids: rows.map(({ subject }) => decodeText(subject)), seenAt: rows.map(({ at }) => at) };
}
