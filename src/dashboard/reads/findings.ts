import { scopeKey } from '../../registry/runs/scope-key.js';
import { decodeText, encodeText } from '../../registry/text.js';
import type { FindingRow, Page } from '../api.js';
import type { Sql } from '../port.js';
import { FETCH_ROWS, numberCursor, pageOf } from './page.js';
import { time } from './stored.js';

const JOB = 'listings verify';

/** What is open on a scope and counts: somebody must mend or accept it. */
export interface OpenViolations {
  job: string;
  scope: string;
  count: number;
  since: string;
}

/** How many findings of a kind are open. */
export interface FindingCount {
  scope: string;
  code: string;
  severity: string;
  baseline: boolean;
  count: number;
}

/** The names of a scope that was counted by its key, from one of its open findings. */
const NAMED = `cross join lateral (select f.job, f.scope from salvor.findings f
    where f.scope_key = c.scope_key and f.resolved_at is null limit 1) as n`;

/** `salvor.findings` that are open. Those that ended are kept for ever, so all is asked of the index of the open ones. */
export class FindingReads {
  constructor(private readonly sql: Sql) {}

  /** What is open on a scope, below `prefix`; the newest first. With `show: 'counting'` what decides the exit code. */
  async page(query: {
    scope: string;
    prefix?: string;
    code?: string;
    show?: string;
    after?: string;
  }): Promise<Page<FindingRow>> {
    const { rows } = await this.sql.query<
      Omit<FindingRow, 'first_seen_at' | 'last_seen_at'> & { first_seen_at: Date; last_seen_at: Date }
    >(
      `select f.id::text as id, f.code, f.severity, f.subject, f.violation, f.baseline, f.first_seen_at, f.last_seen_at
       from salvor.findings f
       where f.scope_key = $5 and f.scope = $1 and f.resolved_at is null
         and ($2::text is null or pg_catalog.starts_with(f.subject, $2))
         and ($3::text is null or f.code = $3) and ($4::bigint is null or f.id < $4::bigint)
         and (not $6::boolean or (f.violation and not f.baseline))
       order by f.id desc limit ${FETCH_ROWS}`,
      [
        encodeText(query.scope),
        query.prefix === undefined ? null : encodeText(query.prefix),
        query.code ?? null,
        numberCursor(query.after),
        scopeKey(JOB, query.scope),
        query.show === 'counting',
      ],
    );
    return pageOf(
      rows,
      (row) => ({
        ...row,
        subject: decodeText(row.subject),
        first_seen_at: time(row.first_seen_at),
        last_seen_at: time(row.last_seen_at),
      }),
      (row) => row.id,
    );
  }

  /** Open violations that no baseline covers, by scope: somebody must mend or accept them. */
  async openViolations(): Promise<OpenViolations[]> {
    const { rows } = await this.sql.query<{ job: string; scope: string; count: number; since: Date }>(
      `select n.job, n.scope, c.count, c.since from (
         select scope_key, count(*)::integer as count, min(first_seen_at) as since from salvor.findings
         where resolved_at is null and violation and not baseline group by scope_key order by 2 desc limit 100) as c
       ${NAMED} order by c.count desc`,
    );
    return rows.map((row) => ({ ...row, scope: decodeText(row.scope), since: time(row.since) }));
  }

  async openByCode(): Promise<FindingCount[]> {
    const { rows } = await this.sql.query<FindingCount>(
      `select n.scope, c.code, c.severity, c.baseline, sum(c.count)::integer as count from (
         select scope_key, code, severity, baseline, count(*) as count from salvor.findings
         where resolved_at is null group by 1, 2, 3, 4) as c
       ${NAMED} group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit 2000`,
    );
    return rows.map((row) => ({ ...row, scope: decodeText(row.scope) }));
  }
}
