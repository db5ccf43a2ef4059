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
  oldest_at: Date;
  subject: string;
  message: string;
  run: string | null;
}

/** Rows get their ids in the order in which they were first seen, so the oldest of a group is that with the lowest. */
const FINDINGS = `
select g.job, g.scope, g.code, g.severity, g.count, g.baseline,
  f.first_seen_at as oldest_at, f.subject, f.message, f.last_run_id::text as run
from (select job, scope, code, severity,
    count(*) filter (where not baseline)::integer as count, count(*) filter (where baseline)::integer as baseline,
    coalesce(min(id) filter (where not baseline), min(id)) as oldest
  from salvor.findings where resolved_at is null group by job, scope, code, severity) g
join salvor.findings f on f.id = g.oldest`;

/** A run that is not on record next to the artifacts has its row in the database of `state.url`. */
const DRIFT = `
select g.job, g.scope, 'drift.detected' as code, 'error' as severity, g.count, 0 as baseline,
  d.first_seen_at as oldest_at, d.artifact_id as subject, 'drift (' || d.class || '): ' || d.path as message,
  d.run_id::text as run
from (select coalesce(r.job, 'checksums verify') as job, coalesce(r.ledger_scope, r.scope, '') as scope,
    count(*)::integer as count, min(o.id) as oldest
  from salvor.drift o left join salvor.runs r on r.id = o.run_id where o.state = 'open' group by 1, 2) g
join salvor.drift d on d.id = g.oldest`;

/** Whether the database of the artifacts has a table of drift: a registry may serve the listings alone. */
export async function hasDrift(artifacts: Asks): Promise<boolean> {
  return tableExists(artifacts, 'salvor.drift');
}

function toGroup({ oldest_at: oldestAt, subject, message, run, ...row }: GroupRow): OpenGroup {
  return {
    ...row,
    job: decodeText(row.job),
    scope: decodeText(row.scope),
    oldestAt,
    sample: { subject: decodeText(subject), message: decodeText(message), runId: run ?? '' },
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
