/** When the last run that covered an open finding `f` completely ended: its own date, or that of a coverage. */
export const LAST_SEEN_AT = `greatest(f.last_seen_at, case when f.resolved_at is null then (
  select max(c.at) from salvor.coverage c
  where c.scope_key = f.scope_key and pg_catalog.starts_with(f.subject, c.prefix)) end)`;
