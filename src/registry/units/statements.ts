/** The statements on salvor.work_plans, work_queues, work and work_reports. Every time is the database's. */

/** After this much silence of a worker, others may take its unit. Shorter than pg-boss's heartbeat. */
const SILENCE = `interval '15 seconds'`;
/** After this much silence of its coordinator, a run gets no new workers: it may be dead. */
const RUN_SILENCE = `interval '1 minute'`;
/** Long after every attempt of pg-boss: a unit whose message was lost. */
const FORGOTTEN = `interval '3 minutes'`;

export const INSERT_PLAN = `insert into salvor.work_plans (run_id, job, options, bytes_per_second)
values ($1, $2, $3, $4)`;

/** Before the queue is made: what is left of a run that dies in between is found by its name. */
export const INSERT_QUEUE = `insert into salvor.work_queues (queue, run_id, needs) values ($1, $2, $3)
on conflict do nothing`;

export const INSERT_UNITS = `insert into salvor.work (run_id, unit, queue, about, payload)
select $1, u.unit, u.queue, u.about, u.payload
from unnest($2::integer[], $3::text[], $4::text[], $5::jsonb[]) as u(unit, queue, about, payload)`;

/** Queues of runs that are over. */
export const LEFT_QUEUES = `select q.queue from salvor.work_queues q join salvor.work_plans p using (run_id)
left join salvor.runs r on r.id = p.run_id
where p.state <> 'sealed' and coalesce(r.status, '') <> 'running'`;

/** What was shared long ago is of no interest any more; the journal and the summary stay. */
export const FORGET_OLD = `delete from salvor.work_plans where created_at < pg_catalog.now() - interval '90 days'`;

/** Ends the plans of runs that are over. */
export const SEAL_LEFT = `update salvor.work_plans p set state = 'sealed'
where p.state <> 'sealed' and not exists (
  select from salvor.runs r where r.id = p.run_id and r.status = 'running')`;

/** The most ended units per query, because results may be large. */
const TOLD_AT_ONCE = 64;
/** The most stored bytes per query. Results are compressed, about tenfold. A larger one is returned alone. */
const TOLD_BYTES = 4 << 20;

/**
 * Returns the first ended units that the run has not received yet, marks them as received, and deletes their payloads
 * and results.
 */
export const TELL_ENDED = `with open as (
  select unit, ended_at, coalesce(pg_catalog.pg_column_size(result), 0) as size from salvor.work
  where run_id = $1 and not told and state in ('done', 'dead', 'recalled')
  order by ended_at, unit limit ${TOLD_AT_ONCE}),
summed as (select unit, size, sum(size) over (order by ended_at, unit) as total from open),
ended as (
  select unit, about, state, worker, host, attempts, result, error, ended_at from salvor.work
  where run_id = $1 and not told and unit in (
    select unit from summed where total <= ${TOLD_BYTES} or total = size)
  for update),
told as (
  update salvor.work w set told = true, payload = null, result = null
  from ended e where w.run_id = $1 and w.unit = e.unit)
select * from ended order by ended_at, unit`;

export const REPORTS = `select unit, report from salvor.work_reports where run_id = $1 and unit = any($2::integer[]) order by id`;

export const COUNT_OPEN = `select count(*) filter (where state = 'queued')::integer as queued,
  count(*) filter (where state = 'active')::integer as active,
  count(distinct worker) filter (where state = 'active')::integer as workers
from salvor.work where run_id = $1 and state in ('queued', 'active')`;

/** Dead letters, unless somebody works on the unit all the same. */
export const BURY = `update salvor.work set state = 'dead', ended_at = pg_catalog.now()
where run_id = $1 and unit = any($2::integer[])
  and (state = 'queued' or state = 'active' and touched_at < pg_catalog.now() - ${SILENCE})`;

/** Units of a worker that is gone whose message is gone too. */
export const FORGOTTEN_UNITS = `update salvor.work set state = case when attempts < $2 then 'queued' else 'dead' end,
  touched_at = pg_catalog.now(), ended_at = case when attempts < $2 then null else pg_catalog.now() end
where run_id = $1 and state = 'active' and touched_at < pg_catalog.now() - ${FORGOTTEN}
returning unit, queue, state`;

/** Units that wait, and of which no message is left that would bring them to a worker. */
export const WITHOUT_MESSAGE = `select w.unit, w.queue from salvor.work w
where w.run_id = $1 and w.state = 'queued' and not exists (
  select from salvor_pgboss.job j
  where j.name = w.queue and j.state in ('created', 'retry', 'active') and (j.data ->> 'unit')::integer = w.unit)`;

/** Only what still waits: it may have got its message meanwhile. */
export const STILL_QUEUED = `select unit, queue from salvor.work
where run_id = $1 and unit = any($2::integer[]) and state = 'queued' for update`;

export const REFUSE = `insert into salvor.work_refusals (run_id, worker, host, reason)
select p.run_id, $2, $3, $4 from salvor.work_plans p where p.run_id = $1
on conflict (run_id, worker) do update set reason = excluded.reason, at = pg_catalog.now()`;

/** Workers that have looked at a run lately and do not take its units. */
export const REFUSALS = `select worker, reason from salvor.work_refusals
where run_id = $1 and at > pg_catalog.now() - interval '1 minute' order by worker limit 20`;

export const RECALL_PLAN = `update salvor.work_plans set state = 'recalled' where run_id = $1 and state = 'open'`;

export const RECALL_QUEUED = `update salvor.work set state = 'recalled', ended_at = pg_catalog.now()
where run_id = $1 and state = 'queued'`;

/** Units that a living worker still has to let go. */
export const COUNT_AT_WORK = `select count(*)::integer as active from salvor.work
where run_id = $1 and state = 'active' and touched_at >= pg_catalog.now() - ${SILENCE}`;

export const SEAL_UNITS = `update salvor.work set state = 'recalled', ended_at = pg_catalog.now()
where run_id = $1 and state in ('queued', 'active')`;

export const SEAL_PLAN = `update salvor.work_plans set state = 'sealed' where run_id = $1`;

/** Deletes reports that the run has received. Keeps who did the work. */
export const DROP_REPORTS = `update salvor.work_reports set report = null where run_id = $1`;

export const OPEN_WORK = `select q.queue, p.run_id, p.job, p.options, q.needs
from salvor.work_queues q join salvor.work_plans p using (run_id) join salvor.runs r on r.id = p.run_id
where p.state = 'open' and r.status = 'running' and r.heartbeat_at > pg_catalog.now() - ${RUN_SILENCE}
  and exists (select from salvor.work w where w.queue = q.queue and w.state in ('queued', 'active'))
order by p.created_at, q.queue`;

/** Only one of several that got a message of the same unit takes it. */
export const CLAIM = `update salvor.work w set state = 'active', attempts = w.attempts + 1, worker = $3, host = $4,
  started_at = coalesce(w.started_at, pg_catalog.now()), touched_at = pg_catalog.now(), bytes_per_second = null
from salvor.work_plans p, salvor.runs r
where w.run_id = $1 and w.unit = $2 and w.queue = $5 and p.run_id = w.run_id and r.id = w.run_id
  and p.state = 'open' and r.status = 'running'
  and (w.state = 'queued' or w.state = 'active' and w.touched_at < pg_catalog.now() - ${SILENCE})
returning w.attempts, w.about, w.payload, p.bytes_per_second`;

export const IS_AT_WORK = `select from salvor.work where run_id = $1 and unit = $2 and state = 'active'`;

/** Says that the worker lives, and hears whether the unit is still wanted. */
export const TOUCH = `update salvor.work w set touched_at = pg_catalog.now()
from salvor.work_plans p, salvor.runs r
where w.run_id = $1 and w.unit = $2 and w.attempts = $3 and w.state = 'active' and p.run_id = w.run_id and r.id = w.run_id
returning p.state = 'open' and r.status = 'running' as wanted`;

/** Only while the unit is this attempt's; the lock makes whoever ends it wait. */
export const REPORT = `insert into salvor.work_reports (run_id, unit, attempt, worker, host, items, bytes, report)
select w.run_id, w.unit, w.attempts, w.worker, w.host, $4, $5, $6
from salvor.work w join salvor.work_plans p on p.run_id = w.run_id join salvor.runs r on r.id = w.run_id
where w.run_id = $1 and w.unit = $2 and w.attempts = $3 and w.state = 'active'
  and p.state <> 'sealed' and r.status = 'running'
for share of w`;

export const DONE = `update salvor.work set state = 'done', result = $4, error = null, ended_at = pg_catalog.now()
where run_id = $1 and unit = $2 and attempts = $3 and state = 'active'`;

export const FAILED = `update salvor.work set state = 'queued', error = $4
where run_id = $1 and unit = $2 and attempts = $3 and state = 'active'`;

/** Back to the queue while the run goes on. */
export const RELEASE = `update salvor.work w
set state = case when p.state = 'open' and r.status = 'running' then 'queued' else 'recalled' end,
  ended_at = case when p.state = 'open' and r.status = 'running' then null else pg_catalog.now() end
from salvor.work_plans p, salvor.runs r
where p.run_id = w.run_id and r.id = w.run_id and w.run_id = $1 and w.unit = $2 and w.attempts = $3 and w.state = 'active'
returning w.state`;

/** One at a time decides about the shares of a run. */
export const LOCK_RATE = `select bytes_per_second from salvor.work_plans where run_id = $1 for no key update`;

/** What the others have, and how many they are. One that was silent has nothing. */
export const OTHER_SHARES = `select count(*)::integer as others, coalesce(sum(bytes_per_second), 0)::bigint as taken
from salvor.work where run_id = $1 and unit <> $2 and state = 'active'
  and touched_at >= pg_catalog.now() - ${SILENCE}`;

export const TAKE_SHARE = `update salvor.work set bytes_per_second = $4
where run_id = $1 and unit = $2 and attempts = $3 and state = 'active'`;

export const SHARES = `select r.worker, r.host, count(distinct w.unit)::integer as units,
  sum(r.items)::bigint as items, sum(r.bytes)::bigint as bytes, min(r.at) as first_at, max(r.at) as last_at
from salvor.work_reports r
left join salvor.work w on w.run_id = r.run_id and w.unit = r.unit and w.worker = r.worker and w.state = 'done'
where r.run_id = $1 group by r.worker, r.host order by min(r.at)`;
