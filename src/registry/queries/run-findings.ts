import type { Severity } from '../../core/finding.js';
import type { RunRecord } from '../port.js';
import { decodeText } from '../text.js';
import type { Asks } from './asks.js';
import { LAST_SEEN_AT } from './last-seen.js';
import { hasDrift } from './red.js';

/** One finding as a run saw it. */
export interface RunFinding {
  /** What the page after this finding continues from. */
  cursor: string;
  code: string;
  severity: Severity;
  subject: string;
  message: string;
  firstSeenAt: Date;
  /** This run was the first to see it. */
  isNew: boolean;
  baseline: boolean;
  /** It has not ended since. */
  isOpen: boolean;
}

export interface RunFindingsPage {
  rows: RunFinding[];
  /** The cursor of the page after this one; null on the last. */
  next: string | null;
}

/** What is asked of a run's findings. `after` is a cursor that an earlier page gave; one of another form is the first page. */
export interface RunFindingsQuery {
  code?: string | undefined;
  limit: number;
  after?: string | undefined;
}

/**
 * The findings that a run saw: those in the part that it covered that were open when it ended. Drift comes first, then
 * errors, warnings and the rest. Unchanged findings are not written again, so the query compares the dates at which
 * each finding began and ended with the run.
 */
export async function runFindings(
  state: Asks,
  artifacts: Asks,
  run: Pick<RunRecord, 'id' | 'finishedAt'>,
  { code, limit, after }: RunFindingsQuery,
): Promise<RunFindingsPage> {
  if (run.finishedAt === null) return { rows: [], next: null };
  const [, kind = 'd', rank = '-1', id = '0'] = /^([df])(\d)?:(\d{1,18})$/.exec(after ?? '') ?? [];
  const rows: Row[] = [];
  const wantsDrift = kind === 'd' && (code === undefined || code === DRIFT_CODE);
  if (wantsDrift && (await hasDrift(artifacts))) {
    rows.push(...(await artifacts.query<Row>(DRIFT, [run.id, id, limit + 1])).rows);
  }
  if (rows.length <= limit) {
    const from = kind === 'd' ? ['-1', '0'] : [rank, id];
    const values = [run.id, code ?? null, ...from, limit + 1 - rows.length];
    rows.push(...(await state.query<Row>(FINDINGS, values)).rows);
  }
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? last.cursor : null;
  return { rows: shown.map(toFinding), next };
}

const DRIFT_CODE = 'drift.detected';

interface Row {
  cursor: string;
  code: string;
  severity: Severity;
  subject: string;
  message: string;
  first_seen_at: Date;
  is_new: boolean;
  baseline: boolean;
  is_open: boolean;
}

const DRIFT = `
select 'd:' || d.id as cursor, '${DRIFT_CODE}' as code, 'error' as severity, d.artifact_id as subject,
  'drift (' || d.class || '): ' || d.path || ' was ' || d.old_sha256 || ', is ' || d.new_sha256 as message,
  d.first_seen_at, true as is_new, false as baseline, d.state = 'open' as is_open
from salvor.drift d where d.run_id = $1 and d.id > $2::bigint order by d.id limit $3`;

const RANK = "case f.severity when 'error' then 0 when 'warning' then 1 else 2 end";

const FINDINGS = `
with run as (
  select id, job, coalesce(ledger_key, scope_key) as ledger_key, finished_at from salvor.runs where id = $1)
select 'f' || ${RANK} || ':' || f.id as cursor, f.code, f.severity, f.subject, f.message, f.first_seen_at,
  f.first_run_id = r.id as is_new, f.baseline, f.resolved_at is null as is_open
from run r join salvor.findings f on f.scope_key = r.ledger_key and f.job = r.job
where ($2::text is null or f.code = $2) and (${RANK}, f.id) > ($3::integer, $4::bigint)
  and f.first_seen_at <= r.finished_at and (f.resolved_at is null or f.resolved_at > r.finished_at)
  and (r.id in (f.first_run_id, f.last_run_id) or ${LAST_SEEN_AT} >= r.finished_at)
order by ${RANK}, f.id limit $5`;

function toFinding(row: Row): RunFinding {
  return {
    cursor: row.cursor,
    code: row.code,
    severity: row.severity,
    subject: decodeText(row.subject),
    message: decodeText(row.message),
    firstSeenAt: row.first_seen_at,
    isNew: row.is_new,
    baseline: row.baseline,
    isOpen: row.is_open,
  };
}
