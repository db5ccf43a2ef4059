import { LAST_SEEN_AT } from '../../registry/queries/last-seen.js';
import { scopeKey } from '../../registry/runs/scope-key.js';
import { decodeText, encodeText } from '../../registry/text.js';
import type { FindingRow, Page } from '../api.js';
import type { Sql } from '../port.js';
import { FETCH_ROWS, numberCursor, pageOf } from './page.js';
import { time } from './stored.js';

const JOB = 'listings verify';

/** `salvor.findings` that are open. Those that ended are kept for ever, so all is asked of the index of the open ones. */
export class FindingReads {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** What is open on a scope, below `prefix`; the newest first. With `show: 'counting'` what decides the exit code. */
  async page(query: {
    scope: string;
    prefix?: string;
    code?: string;
    show?: string;
    after?: string;
  }): Promise<Page<FindingRow>> {
    const { rows } = await this.#sql.query<
      Omit<FindingRow, 'first_seen_at' | 'last_seen_at'> & { first_seen_at: Date; last_seen_at: Date }
    >(
      `select f.id::text as id, f.code, f.severity, f.subject, f.message, f.violation, f.baseline, f.first_seen_at,
         ${LAST_SEEN_AT} as last_seen_at
       from salvor.findings f
       where f.scope_key = $5 and f.scope = $1 and f.resolved_at is null
         and ($2::text is null or pg_catalog.starts_with(f.subject, $2))
         and ($3::text is null or f.code = $3) and ($4::bigint is null or f.id < $4::bigint)
         and (not $6::boolean or (f.severity = 'error' and not f.baseline))
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
        message: decodeText(row.message),
        first_seen_at: time(row.first_seen_at),
        last_seen_at: time(row.last_seen_at),
      }),
      (row) => row.id,
    );
  }
}
