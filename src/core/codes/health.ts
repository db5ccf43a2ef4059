import type { CodeEntry } from './entry.js';

/** Codes of health events and of the watchdog. */
export const healthCodes: Record<string, CodeEntry> = {
  'health.sink_failed': {
    kind: 'warning',
    meaning: 'A health event could not be delivered to one of its sinks. The other sinks received it.',
    action: 'The details name the sink and the reason. Fix it, then run `salvor doctor`.',
  },
  'health.sink_timeout': {
    kind: 'failure',
    meaning: 'A health event sink did not answer in time and was skipped.',
    action: 'Check whether its database, file system or web server hangs.',
  },
  'health.field_unknown': {
    kind: 'failure',
    meaning: '`health.columns` maps something that is not a field of a health event.',
    action: 'Use the field that the message names.',
  },
  'health.table_name': {
    kind: 'failure',
    meaning: '`health.table` is not a valid table name.',
    action: 'Write table or schema.table. Put "double quotes" around a part that contains a dot.',
  },
  'health.table_missing': {
    kind: 'failure',
    meaning: 'The configured table for health events does not exist.',
    action: 'Fix `health.table`, or leave it out so that fleet_health_events is created.',
  },
  'health.table_denied': {
    kind: 'failure',
    meaning: 'The database denies permission to create the table for health events or to insert into it.',
    action: 'Run the GRANT or CREATE TABLE that the hint shows.',
  },
  'health.column_missing': {
    kind: 'failure',
    meaning: 'The table for health events lacks a configured column, or has no column for a required field.',
    action: 'Map the field to an existing column in `health.columns`.',
  },
  'health.column_unmapped': {
    kind: 'failure',
    meaning:
      'The table for health events has a required column (NOT NULL, no default) to which no field is mapped.',
    action: 'Map a field to it in `health.columns`, or give the column a default.',
  },
  'health.column_type': {
    kind: 'failure',
    meaning: 'A column of the table for health events has the wrong type for the field that is mapped to it.',
    action: 'Map the field to a column of another type. An enum needs a label for every status and severity.',
  },
  'health.event_refused': {
    kind: 'failure',
    meaning: 'The database rejected a health event because of a constraint, a trigger or a type.',
    action: "The message has the database's reason. Fix the constraint or the mapping.",
  },
  'health.file_unwritable': {
    kind: 'failure',
    meaning: 'The NDJSON file or the Prometheus textfile of health events cannot be written.',
    action: 'Create its directory and give the user who runs salvor write permission.',
  },
  'health.webhook_url': {
    kind: 'failure',
    meaning: '`health.webhook` is not an http or https URL.',
    action: 'Fix the URL.',
  },
  'health.webhook_failed': {
    kind: 'failure',
    meaning: 'The webhook did not accept the health event, or could not be reached.',
    action: 'Check whether the receiver is running and the URL is still valid.',
  },
  'watchdog.nothing_expected': {
    kind: 'failure',
    meaning: 'The watchdog has nothing to check because no jobs are expected.',
    action: 'List the jobs that must run under `watchdog.expect`.',
  },
  'watchdog.unknown_scope': {
    kind: 'failure',
    meaning: '`salvor watchdog forget` was given a scope that no job has ever run on.',
    action: 'Copy the scope from `salvor status`, and quote it if it contains spaces.',
  },
  'watchdog.never_ran': {
    kind: 'error',
    meaning:
      'No qualifying run of an expected job has ever finished (runs with --dry-run, --limit, --type or a looser threshold do not qualify).',
    action: 'Check that its timer is enabled and uses this registry, then run the job once.',
  },
  'watchdog.overdue': {
    kind: 'error',
    meaning: 'The last qualifying run succeeded, but longer ago than expected.',
    action: 'Check why the job was not started: its timer and its host.',
  },
  'watchdog.running_late': {
    kind: 'error',
    meaning: 'The last finished qualifying run is older than expected, and the next one is still running.',
    action: 'Check its progress with `salvor runs list`. Do not start another run.',
  },
  'watchdog.died': {
    kind: 'error',
    meaning: 'The last qualifying run died: its heartbeat stopped, and it was never closed.',
    action:
      'Look for an out-of-memory kill, a reboot or a lost database connection. Then run the job again: it resumes.',
  },
  'watchdog.still_red': {
    kind: 'error',
    meaning:
      'The last run found no errors in the part that it covered, but findings of earlier runs in other parts are still open.',
    action:
      '`salvor status` names the findings, and `salvor runs show RUN` lists the subjects. Fix them, or give the job more time.',
  },
  'watchdog.ended_badly': {
    kind: 'error',
    meaning: 'The last qualifying run ended with a nonzero exit code: findings, a failure or a signal.',
    action: 'See the run with `salvor runs show <run>`, fix what it found, and run the job again.',
  },
  'watchdog.clock_skew': {
    kind: 'error',
    meaning: 'The last qualifying run is dated in the future, so its age is unknown.',
    action: 'Fix the clock of the host that the message names, then run the job again.',
  },
};
