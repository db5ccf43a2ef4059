import { LAST_SEEN_AT } from '../queries/last-seen.js';

/**
 * What a run works with, in temporary tables of its session: what it saw (`staged`), how findings ended
 * (`resolutions`), the subjects and the starts of subjects that were looked at completely (`covered`,
 * `complete_prefixes`, of which none is the start of another), and the findings that were open before (`before`). They
 * are tables rather than parts of one statement so that the server knows how many rows they have: guesses about
 * millions of rows make plans that never end.
 */
export const CREATE_STAGING = `
create temporary table if not exists staged (
  subject_key bytea, code text, subject text collate "C", severity text, violation boolean, message text,
  failure boolean, primary key (subject_key, code));
create temporary table if not exists resolutions (subject_key bytea primary key, resolution text);
create temporary table if not exists covered (subject_key bytea primary key);
create temporary table if not exists complete_prefixes (prefix text collate "C" primary key);
create temporary table if not exists before (
  id bigint, subject_key bytea, subject text collate "C", code text, severity text, violation boolean,
  message text, failure boolean, baseline boolean, first_seen_at timestamptz, counts boolean, primary key (subject_key, code));
`;

/**
 * `$1` is the scope's key, `$2` the job, `$3` the scope. A failure `counts` when a qualifying run failed with it: only
 * another qualifying run ends it then.
 */
export const LOAD_BEFORE = `
insert into pg_temp.before
select f.id, f.subject_key, f.subject, f.code, f.severity, f.violation, f.message, f.failure, f.baseline,
  f.first_seen_at, f.failure and exists (
    select from salvor.runs r where r.id in (f.first_run_id, f.last_run_id) and r.qualifying)
from salvor.findings f
where f.scope_key = $1 and f.job = $2 and f.scope = $3 and f.resolved_at is null`;

/** The starts of subjects that a run covered, as the statements ask for them. */
export type Prefixes = 'none' | 'all' | 'one' | 'many';

/**
 * True where the subject starts with one of the prefixes. Of many, only the greatest that is not greater can be its
 * start; a single one is looked up once for the whole statement, and neither `none` nor `all` needs a look at all. Never
 * null: where no prefix comes before the subject, the answer is false, and so is its negation true.
 */
function within(subject: string, prefixes: Prefixes): string {
  if (prefixes === 'none') return 'false';
  if (prefixes === 'all') return 'true';
  if (prefixes === 'one')
    return `pg_catalog.starts_with(${subject}, (select min(c.prefix) from pg_temp.complete_prefixes c))`;
  return `coalesce(pg_catalog.starts_with(${subject},
  (select c.prefix from pg_temp.complete_prefixes c where c.prefix <= ${subject} order by c.prefix desc limit 1)), false)`;
}

/** A violation of before `continues` when the same code is a violation of the same subject again. */
const VIOLATED = `
violated as (
  select b.*, exists (
    select from pg_temp.staged s
    where s.subject_key = b.subject_key and s.code = b.code and s.violation) as continues
  from pg_temp.before b where b.violation)`;

const ended = (prefixes: Prefixes) => `
ended as (
  select v.subject from violated v
  where not v.continues and ${within('v.subject', prefixes)}
    and not exists (select from pg_temp.staged s where s.subject_key = v.subject_key and s.violation))`;

/** `$1` are the parts; what is in none of them has a null for its part. */
export const resolvedSql = (prefixes: Prefixes) => `
with ${VIOLATED},
${ended(prefixes)}
select p.part, count(*) as resolved
from ended e
left join lateral (
  select u.part from unnest($1::text[]) as u(part)
  where pg_catalog.starts_with(e.subject, u.part) order by pg_catalog.length(u.part) desc limit 1) p on true
group by p.part`;

/** `$1` are the codes, `$2` is how many subjects are wanted at most. */
export const unseenSql = (prefixes: Prefixes) => `
with unseen as (
  select distinct b.subject from pg_temp.before b
  where b.code = any($1) and not b.failure and ${within('b.subject', prefixes)}
    and not exists (select from pg_temp.staged s where s.subject_key = b.subject_key)
    and not exists (select from pg_temp.resolutions r where r.subject_key = b.subject_key)),
numbered as (
  select u.subject, row_number() over (order by u.subject) as n, count(*) over () as total from unseen u)
select subject from numbered
where total <= $2 or n % (total / $2 + 1) = 0 or n = total
order by n`;

/**
 * In addition to the scope: `$4` is the time at which the run ended, `$5` its id, `$6` whether it could do its work,
 * `$7` the default resolution of a covered finding, `$8` whether the run qualifies, `$9` whether it did all of its work.
 * A run that did only part of it does not end the failure of a single subject, such as a row or a unit.
 * All parts of the statement see the rows as they were before it. Unchanged findings are not written: the coverage
 * records that they were seen.
 */
export const settleSql = (prefixes: Prefixes) => `
with ${VIOLATED},
superseded as (
  select v.subject_key, min(v.first_seen_at) as first_seen_at, bool_or(v.baseline) as baseline
  from violated v where not v.continues group by v.subject_key),
seen as (
  select s.subject_key, s.code, s.subject, s.severity, s.violation, s.message, s.failure,
    p.first_seen_at as since, coalesce(p.baseline, false) as baseline,
    ${within('s.subject', prefixes)} as within,
    s.failure or exists (select from pg_temp.covered c where c.subject_key = s.subject_key) as looked_at
  from pg_temp.staged s
  left join superseded p on p.subject_key = s.subject_key and s.violation
  where s.severity <> 'info' or ${within('s.subject', prefixes)}),
kept as (
  update salvor.findings f
  set last_seen_at = case when s.within or s.looked_at then $4 else f.last_seen_at end,
    last_run_id = case when s.within or s.looked_at then $5 else f.last_run_id end,
    severity = s.severity, violation = s.violation, message = s.message, failure = s.failure,
    baseline = s.violation and (f.baseline or s.baseline)
  from pg_temp.before b join seen s on s.subject_key = b.subject_key and s.code = b.code
  where f.id = b.id and ((s.looked_at and not s.within)
    or (b.severity, b.violation, b.message, b.failure, b.baseline) is distinct from
      (s.severity, s.violation, s.message, s.failure, s.violation and (b.baseline or s.baseline)))),
begun as (
  insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure, first_seen_at,
    last_seen_at, baseline, first_run_id, last_run_id, scope_key, subject_key)
  select $2, $3, s.code, s.subject, s.severity, s.violation, s.message, s.failure, coalesce(s.since, $4), $4,
    s.baseline, $5, $5, $1, s.subject_key
  from seen s
  where not exists (select from pg_temp.before b where b.subject_key = s.subject_key and b.code = s.code))
update salvor.findings f
set resolved_at = $4, resolved_run_id = $5, last_seen_at = ${LAST_SEEN_AT},
  last_run_id = coalesce((
    select c.run_id from salvor.coverage c
    where c.scope_key = f.scope_key and pg_catalog.starts_with(f.subject, c.prefix) and c.at > f.last_seen_at
    order by c.at desc limit 1), f.last_run_id),
  resolution = case
    when b.violation and exists (
      select from pg_temp.staged s where s.subject_key = b.subject_key and s.violation) then 'superseded'
    when r.resolution is not null then r.resolution
    when exists (select from pg_temp.staged s where s.subject_key = b.subject_key) then 'superseded'
    when b.failure then 'ran'
    else $7 end
from pg_temp.before b left join pg_temp.resolutions r on r.subject_key = b.subject_key
where f.id = b.id
  and (${within('b.subject', prefixes)} or (b.failure and $6 and ($8 or not b.counts) and ($9 or b.subject = $3))
    or exists (select from pg_temp.covered c where c.subject_key = b.subject_key))
  and not exists (select from pg_temp.staged s where s.subject_key = b.subject_key and s.code = b.code)`;

/** Replaces what was known of these parts of the scope `$1`; `$2` is the run, `$3` its end. */
export const FORGET_COVERAGE = `
delete from salvor.coverage c where c.scope_key = $1
  and exists (select from pg_temp.complete_prefixes p where pg_catalog.starts_with(c.prefix, p.prefix))`;
export const REMEMBER_COVERAGE = `
insert into salvor.coverage (scope_key, prefix, run_id, at)
select $1, p.prefix, $2, $3 from pg_temp.complete_prefixes p`;
