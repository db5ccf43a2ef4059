/**
 * What a run works with, in temporary tables of its session: what it saw (`staged`), how findings ended
 * (`resolutions`), the starts of subjects that were seen completely (`complete_prefixes`, of which none is the start
 * of another), and the findings that were open before (`before`). They are tables rather than parts of one statement
 * so that the server knows how many rows they have: guesses about millions of rows make plans that never end.
 */
export const CREATE_STAGING = `
create temporary table if not exists staged (
  subject_key bytea, code text, subject text collate "C", severity text, violation boolean,
  primary key (subject_key, code));
create temporary table if not exists resolutions (subject_key bytea primary key, resolution text);
create temporary table if not exists complete_prefixes (prefix text collate "C" primary key);
create temporary table if not exists before (
  id bigint, subject_key bytea, subject text collate "C", code text, violation boolean, baseline boolean,
  first_seen_at timestamptz, primary key (subject_key, code));
`;

/** `$1` is the scope's key, `$2` the job, `$3` the scope. */
export const LOAD_BEFORE = `
insert into pg_temp.before
select f.id, f.subject_key, f.subject, f.code, f.violation, f.baseline, f.first_seen_at
from salvor.findings f
where f.scope_key = $1 and f.job = $2 and f.scope = $3 and f.resolved_at is null`;

/** True where the subject starts with one of the prefixes: only the greatest that is not greater can be its start. */
const within = (subject: string) => `pg_catalog.starts_with(${subject},
  (select c.prefix from pg_temp.complete_prefixes c where c.prefix <= ${subject} order by c.prefix desc limit 1))`;

/** A violation of before `continues` when the same code is a violation of the same subject again. */
const VIOLATED = `
violated as (
  select b.*, exists (
    select from pg_temp.staged s
    where s.subject_key = b.subject_key and s.code = b.code and s.violation) as continues
  from pg_temp.before b where b.violation)`;

/**
 * A violation is `still` there when its subject was open under the same code, or under another that is not seen any
 * more; the baseline goes over with it.
 */
export const COMPARE = `
with ${VIOLATED},
now_violating as (
  select s.subject_key, s.code, count(v.id) > 0 as still, coalesce(bool_or(v.baseline), false) as covered
  from pg_temp.staged s
  left join violated v on v.subject_key = s.subject_key and (v.code = s.code or not v.continues)
  where s.violation
  group by s.subject_key, s.code),
ended as (
  select from violated v
  where not v.continues and ${within('v.subject')}
    and not exists (select from pg_temp.staged s where s.subject_key = v.subject_key and s.violation))
select
  count(*) filter (where not n.still) as "new",
  count(*) filter (where n.still) as still,
  (select count(*) from ended) as resolved,
  count(*) filter (where not n.covered) as beyond_baseline
from now_violating n`;

/** Beside the scope, `$4` is the time of the run's end, `$5` its id. All parts see the rows as none has changed them. */
export const SETTLE = `
with ${VIOLATED},
superseded as (
  select v.subject_key, min(v.first_seen_at) as first_seen_at, bool_or(v.baseline) as baseline
  from violated v where not v.continues group by v.subject_key),
seen as (
  select s.subject_key, s.code, s.subject, s.severity, s.violation,
    p.first_seen_at as since, coalesce(p.baseline, false) as baseline
  from pg_temp.staged s
  left join superseded p on p.subject_key = s.subject_key and s.violation
  where ${within('s.subject')}),
kept as (
  update salvor.findings f
  set last_seen_at = $4, last_run_id = $5, severity = s.severity, violation = s.violation,
    baseline = s.violation and (f.baseline or s.baseline)
  from pg_temp.before b join seen s on s.subject_key = b.subject_key and s.code = b.code
  where f.id = b.id),
begun as (
  insert into salvor.findings (job, scope, code, subject, severity, violation, first_seen_at, last_seen_at,
    baseline, first_run_id, last_run_id, scope_key, subject_key)
  select $2, $3, s.code, s.subject, s.severity, s.violation, coalesce(s.since, $4), $4,
    s.baseline, $5, $5, $1, s.subject_key
  from seen s
  where not exists (select from pg_temp.before b where b.subject_key = s.subject_key and b.code = s.code))
update salvor.findings f
set resolved_at = $4, resolution = case
  when b.violation and exists (
    select from pg_temp.staged s where s.subject_key = b.subject_key and s.violation) then 'superseded'
  when r.resolution is not null then r.resolution
  when exists (select from pg_temp.staged s where s.subject_key = b.subject_key) then 'superseded'
  else 'archive_gone' end
from pg_temp.before b left join pg_temp.resolutions r on r.subject_key = b.subject_key
where f.id = b.id and ${within('b.subject')}
  and not exists (select from pg_temp.staged s where s.subject_key = b.subject_key and s.code = b.code)`;
