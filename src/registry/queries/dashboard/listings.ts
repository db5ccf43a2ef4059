import type {
  ListingCounts,
  ListingPartition,
  ListingPoint,
  ListingScope,
} from '../../../dashboard/api/listings.js';
import type { RunStatus } from '../../../dashboard/api/runs.js';
import type { Page } from '../../../dashboard/api/session.js';
import type { Sql } from '../../../dashboard/port.js';
import { decodeText, encodeText } from '../../text.js';
import { decodeCursor, encodeCursor, FETCH_ROWS, pageOf } from './page.js';
import { RUN_INFO, type RunInfoRow, toRunInfo } from './runs.js';
import { time } from './stored.js';

const JOB = 'listings verify';
/** Maximum points of a chart: a year of daily runs, or two weeks of hourly ones. */
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

/** A partition's own URL. Summaries of older versions have only the URL of the target, shared by its partitions. */
const PARTITION_URL = `coalesce(p ->> 'prefix', (p ->> 'url') || case when p ->> 'name' = '.' then '' else (p ->> 'name') || '/' end)`;

/** SQL for a number in a summary. Anything else counts as 0, because only Salvor should write summaries. */
const number = (json: string, name: string): string =>
  `case when pg_catalog.jsonb_typeof(${json} -> '${name}') = 'number' then (${json} ->> '${name}')::numeric::float8 else 0 end`;
const counts = (json: string): string =>
  `${COUNTED.map((name) => `${number(json, name)} as ${name}`).join(', ')}, ${json} ->> 'newest_archive_at' as newest_archive_at`;

/**
 * SQL for the last run of each scope that ended with a summary. It steps through the scopes in the index and reads only
 * the newest runs of each, because the history may be long.
 */
const NEWEST = `with recursive scopes as (
    (select scope_key from salvor.runs order by scope_key limit 1)
    union all
    select (select r.scope_key from salvor.runs r where r.scope_key > s.scope_key order by r.scope_key limit 1)
    from scopes s where s.scope_key is not null)
  select r.* from scopes s cross join lateral (
    select * from salvor.runs r
    where r.scope_key = s.scope_key and r.job = '${JOB}' and r.status <> 'running'
      and pg_catalog.jsonb_typeof(r.summary -> 'partitions') = 'array'
    order by r.started_at desc, r.id limit 1) as r`;

/** SQL condition for a finding `f` that makes its scope red. */
const RED = "f.resolved_at is null and f.severity = 'error' and not f.baseline";

interface PartitionRow extends ListingCounts {
  scope: string;
  name: string;
  url: string;
  state: string;
  errors: number;
}

/** Reads the results of `listings verify`, now and over time. */
export class ListingReads {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async scopes(): Promise<ListingScope[]> {
    const { rows } = await this.#sql.query<
      RunInfoRow & ListingCounts & { partitions: number; baseline: number; errors: number }
    >(
      `select ${RUN_INFO}, ${counts('r.summary')}, pg_catalog.jsonb_array_length(r.summary -> 'partitions') as partitions,
         (select count(*)::integer from salvor.findings f
          where f.scope_key = r.scope_key and f.resolved_at is null and f.baseline) as baseline,
         (select count(*)::integer from salvor.findings f where f.scope_key = r.scope_key and ${RED}) as errors
       from (${NEWEST}) as r order by r.scope limit 200`,
    );
    return rows.map((row) => ({
      scope: decodeText(row.scope),
      run: toRunInfo(row),
      ...toCounts(row),
      partitions: row.partitions,
      baseline: row.baseline,
      errors: row.errors,
    }));
  }

  /** The partitions of all scopes or of one, most open errors first. */
  async partitions(query: { scope?: string; after?: string }): Promise<Page<ListingPartition>> {
    const after = decodeCursor(query.after, 3);
    const { rows } = await this.#sql.query<PartitionRow>(
      `with parts as materialized (
         select r.scope_key, r.scope, p ->> 'name' collate "C" as name, ${PARTITION_URL} collate "C" as url,
           p ->> 'state' as state, ${counts('p')}
         from (${NEWEST}) as r, pg_catalog.jsonb_array_elements(r.summary -> 'partitions') as p
         where $1::text is null or r.scope = $1),
       lengths as (select distinct scope_key, pg_catalog.length(url) as length, name = '.' as at_top from parts),
       red as (
         select f.scope_key, left(f.subject, l.length) as url, l.at_top, count(*)::integer as errors
         from lengths l join salvor.findings f on f.scope_key = l.scope_key and ${RED}
         where not l.at_top or pg_catalog.strpos(substr(f.subject, l.length + 1), '/') = 0
         group by 1, 2, 3),
       judged as (
         select parts.*, coalesce(red.errors, 0) as errors from parts
         left join red on red.scope_key = parts.scope_key and red.url = parts.url and red.at_top = (parts.name = '.'))
       select * from judged
       where $2::float8 is null or (-errors, url, name) > (-$2::float8, $3::text, $4::text)
       order by -errors, url, name limit ${FETCH_ROWS}`,
      [
        query.scope === undefined ? null : encodeText(query.scope),
        after === null ? null : Number(after[0]),
        after?.[1] ?? null,
        after?.[2] ?? null,
      ],
    );
    return pageOf(rows, toPartition, (row) => encodeCursor([row.errors, row.url, row.name]));
  }

  /** The counts of a scope or partition after each of its last runs, oldest first. */
  async history(query: { scope: string; partition?: string }): Promise<ListingPoint[]> {
    const summary =
      query.partition === undefined
        ? 'r.summary'
        : `(select p from pg_catalog.jsonb_array_elements(case
               when pg_catalog.jsonb_typeof(r.summary -> 'partitions') = 'array' then r.summary -> 'partitions'
               else '[]' end) as p where ${PARTITION_URL} = $2 limit 1)`;
    const { rows } = await this.#sql.query<
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

function toPartition(row: PartitionRow): ListingPartition {
  return {
    errors: row.errors,
    scope: decodeText(row.scope),
    name: decodeText(row.name),
    url: decodeText(row.url),
    state: row.state,
    ...toCounts(row),
  };
}
