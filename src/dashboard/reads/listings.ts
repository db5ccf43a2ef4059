import { decodeText, encodeText } from '../../registry/text.js';
import type {
  FindingRow,
  ListingCounts,
  ListingPartition,
  ListingPoint,
  ListingScope,
  Page,
  RunStatus,
} from '../api.js';
import type { Sql } from '../port.js';
import { decodeCursor, encodeCursor, FETCH_ROWS, numberCursor, pageOf } from './page.js';
import { RUN_INFO, type RunInfoRow, toRunInfo } from './runs.js';
import { time } from './stored.js';

const JOB = 'listings verify';
/** Points of a curve: a year of nights, or two weeks of hours. */
const POINTS = 366;

const COUNTED = [
  'archives_total',
  'present',
  'missing',
  'too_small',
  'pending',
  'exempt',
  'stale',
  'violations',
  'bytes_archived',
] as const;

/** A number of a summary; what is none counts as 0, as nobody but Salvor should have written there. */
const number = (json: string, name: string): string =>
  `case when pg_catalog.jsonb_typeof(${json} -> '${name}') = 'number' then (${json} ->> '${name}')::numeric::float8 else 0 end`;
const counts = (json: string): string =>
  `${COUNTED.map((name) => `${number(json, name)} as ${name}`).join(', ')}, ${json} ->> 'newest_archive_at' as newest_archive_at`;

/** The last run of each scope that ended with a summary. */
const NEWEST = `select distinct on (r.scope) r.* from salvor.runs r
  where r.job = '${JOB}' and r.status <> 'running' and pg_catalog.jsonb_typeof(r.summary -> 'partitions') = 'array'
  order by r.scope, r.started_at desc, r.id`;

/** How the listings of the backups stand, and stood. */
export class ListingReads {
  constructor(private readonly sql: Sql) {}

  async scopes(): Promise<ListingScope[]> {
    const { rows } = await this.sql.query<
      RunInfoRow & ListingCounts & { partitions: number; baseline: number }
    >(
      `select ${RUN_INFO}, ${counts('r.summary')}, pg_catalog.jsonb_array_length(r.summary -> 'partitions') as partitions,
         (select count(*)::integer from salvor.findings f
          where f.scope_key = r.scope_key and f.resolved_at is null and f.baseline) as baseline
       from (${NEWEST}) as r order by r.scope limit 200`,
    );
    return rows.map((row) => ({
      scope: decodeText(row.scope),
      run: toRunInfo(row),
      ...toCounts(row),
      partitions: row.partitions,
      baseline: row.baseline,
    }));
  }

  /** The partitions of every scope, or of one; those with most violations first. */
  async partitions(query: { scope?: string; after?: string }): Promise<Page<ListingPartition>> {
    const after = decodeCursor(query.after, 3);
    const { rows } = await this.sql.query<
      ListingCounts & { scope: string; name: string; url: string; state: string; open: number }
    >(
      `select * from (
         select r.scope, p ->> 'name' collate "C" as name, p ->> 'url' collate "C" as url, p ->> 'state' as state,
           ${counts('p')} from (${NEWEST}) as r, pg_catalog.jsonb_array_elements(r.summary -> 'partitions') as p
         where $1::text is null or r.scope = $1) as parts
       where $2::float8 is null or (-violations, url, name) > (-$2::float8, $3::text, $4::text)
       order by -violations, url, name limit ${FETCH_ROWS}`,
      [
        query.scope === undefined ? null : encodeText(query.scope),
        after === null ? null : Number(after[0]),
        after?.[1] ?? null,
        after?.[2] ?? null,
      ],
    );
    return pageOf(rows, toPartition, (row) => encodeCursor([row.violations, row.url, row.name]));
  }

  /** How a scope, or one of its partitions, stood after each of its last runs; the oldest first. */
  async history(query: { scope: string; partition?: string }): Promise<ListingPoint[]> {
    const summary =
      query.partition === undefined
        ? 'r.summary'
        : `pg_catalog.jsonb_path_query_first(r.summary, '$.partitions[*] ? (@.url == $url)',
             pg_catalog.jsonb_build_object('url', $2::text))`;
    const { rows } = await this.sql.query<
      ListingCounts & { run_id: string; at: Date; status: RunStatus; there: boolean }
    >(
      `select r.id::text as run_id, coalesce(r.finished_at, r.started_at) as at, r.status, r.s is not null as there,
         ${counts('r.s')} from (
         select r.id, r.finished_at, r.started_at, r.status, ${summary} as s
         from salvor.runs r where r.job = '${JOB}' and r.scope = $1 and r.status in ('ok', 'findings')
           and ($2::text is null or true)
         order by r.started_at desc, r.id limit ${POINTS}) as r`,
      [encodeText(query.scope), query.partition === undefined ? null : encodeText(query.partition)],
    );
    return rows
      .filter((row) => row.there)
      .reverse()
      .map(({ run_id, at, status, archives_total, present, violations, exempt }) => ({
        run_id,
        at: time(at),
        status,
        archives_total,
        present,
        violations,
        exempt,
      }));
  }

  /** What is open on a scope, below `prefix`; the newest first. With `show: 'counting'` what decides the exit code. */
  async findings(query: {
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
       where f.scope = $1 and f.resolved_at is null and ($2::text is null or pg_catalog.starts_with(f.subject, $2))
         and ($3::text is null or f.code = $3) and ($4::bigint is null or f.id < $4::bigint)
         and (not $5::boolean or (f.violation and not f.baseline))
       order by f.id desc limit ${FETCH_ROWS}`,
      [
        encodeText(query.scope),
        query.prefix === undefined ? null : encodeText(query.prefix),
        query.code ?? null,
        numberCursor(query.after),
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
  async openViolations(): Promise<{ job: string; scope: string; count: number; since: string }[]> {
    const { rows } = await this.sql.query<{ job: string; scope: string; count: number; since: Date }>(
      `select job, scope, count(*)::integer as count, min(first_seen_at) as since from salvor.findings
       where resolved_at is null and violation and not baseline group by job, scope order by 3 desc limit 100`,
    );
    return rows.map((row) => ({ ...row, scope: decodeText(row.scope), since: time(row.since) }));
  }

  async openByCode(): Promise<
    { scope: string; code: string; severity: string; baseline: boolean; count: number }[]
  > {
    const { rows } = await this.sql.query<{
      scope: string;
      code: string;
      severity: string;
      baseline: boolean;
      count: number;
    }>(
      `select scope, code, severity, baseline, count(*)::integer as count from salvor.findings
       where resolved_at is null group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit 2000`,
    );
    return rows.map((row) => ({ ...row, scope: decodeText(row.scope) }));
  }
}

function toCounts(row: ListingCounts): ListingCounts {
  return {
    archives_total: row.archives_total,
    present: row.present,
    missing: row.missing,
    too_small: row.too_small,
    pending: row.pending,
    exempt: row.exempt,
    stale: row.stale,
    violations: row.violations,
    bytes_archived: row.bytes_archived,
    newest_archive_at: row.newest_archive_at,
  };
}

function toPartition(
  row: ListingCounts & { scope: string; name: string; url: string; state: string },
): ListingPartition {
  return {
    scope: decodeText(row.scope),
    name: decodeText(row.name),
    url: decodeText(row.url),
    state: row.state,
    ...toCounts(row),
  };
}
