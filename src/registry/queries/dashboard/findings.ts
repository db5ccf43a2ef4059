import type { FindingRow } from '../../../dashboard/api/listings.js';
import type { Page } from '../../../dashboard/api/session.js';
import type { Sql } from '../../../dashboard/port.js';
import { scopeKey, subjectKey } from '../../runs/scope-key.js';
import { decodeText, encodeText } from '../../text.js';
import { LAST_SEEN_AT } from '../last-seen.js';
import { FETCH_ROWS, numberCursor, PAGE_ROWS, pageOf } from './page.js';
import { time } from './stored.js';

const JOB = 'listings verify';

const COLUMNS = `f.id::text as id, f.code, f.severity, f.subject, f.message, f.violation, f.baseline, f.first_seen_at,
  ${LAST_SEEN_AT} as last_seen_at`;

type Row = Omit<FindingRow, 'first_seen_at' | 'last_seen_at'> & { first_seen_at: Date; last_seen_at: Date };

function shown(row: Row): Pick<FindingRow, 'subject' | 'message' | 'first_seen_at' | 'last_seen_at'> {
  return {
    subject: decodeText(row.subject),
    message: decodeText(row.message),
    first_seen_at: time(row.first_seen_at),
    last_seen_at: time(row.last_seen_at),
  };
}

/** Reads open `salvor.findings`. Resolved findings are kept forever, so every query uses the index of open ones. */
export class FindingReads {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Open findings of a scope, newest first. With `show: 'counting'`, only those that decide the exit code. */
  async page(query: {
    /** Default: `listings verify`. */
    job?: string;
    scope: string;
    prefix?: string;
    code?: string;
    show?: string;
    after?: string;
  }): Promise<Page<FindingRow>> {
    const { rows } = await this.#sql.query<Row>(
      `select ${COLUMNS} from salvor.findings f
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
        scopeKey(query.job ?? JOB, query.scope),
        query.show === 'counting',
      ],
    );
    return pageOf(
      rows,
      (row) => ({
        ...row,
        ...shown(row),
      }),
      (row) => row.id,
    );
  }

  /** Open findings about one artifact, from any job, newest first. */
  async ofArtifact(id: string): Promise<(FindingRow & { job: string; scope: string })[]> {
    const subject = encodeText(id);
    const { rows } = await this.#sql.query<Row & { job: string; scope: string }>(
      `select ${COLUMNS}, f.job, f.scope from salvor.findings f
       where f.subject_key = $1 and f.subject = $2 and f.resolved_at is null
         and (f.job like 'checksums %' or f.job like 'recovery%')
       order by f.id desc limit ${PAGE_ROWS}`,
      [subjectKey(subject), subject],
    );
    return rows.map((row) => ({
      ...row,
      ...shown(row),
      job: decodeText(row.job),
      scope: decodeText(row.scope),
    }));
  }
}
