import type { CodeEntry } from './entry.js';

/** Codes of health events and of the watchdog. */
export const healthCodes: Record<string, CodeEntry> = {
  'health.sink_failed': {
    kind: 'warning',
    meaning:
      'A health event could not be delivered to one of its sinks; the other sinks were served all the same.',
    action: 'The detail names the sink and the reason; fix it, and run `salvor doctor`.',
  },
  'health.sink_timeout': {
    kind: 'failure',
    meaning: 'A sink of health events did not answer in time, and was left behind.',
    action: 'See whether its database, file system or web server hangs.',
  },
  'health.field_unknown': {
    kind: 'failure',
    meaning: '`health.columns` maps something that is no field of a health event.',
    action: 'Use the field that the message names.',
  },
  'health.table_name': {
    kind: 'failure',
    meaning: '`health.table` is not the name of a table.',
    action: 'Write table or schema.table; put "double quotes" around a part that holds a dot.',
  },
  'health.table_missing': {
    kind: 'failure',
    meaning: 'The table of health events that the configuration names does not exist.',
    action: 'Correct `health.table`, or leave it out and have fleet_health_events created.',
  },
  'health.table_denied': {
    kind: 'failure',
    meaning: 'The database refuses to create the table of health events, or to insert into it.',
    action: 'Run the GRANT or CREATE TABLE that the hint shows.',
  },
  'health.column_missing': {
    kind: 'failure',
    meaning:
      'The table of health events lacks a column that the configuration names, or has nothing for a field that every event needs.',
    action: 'Map the field to a column that exists, in `health.columns`.',
  },
  'health.column_unmapped': {
    kind: 'failure',
    meaning:
      'The table of health events has a required column (NOT NULL, no default) that no field is mapped to.',
    action: 'Map a field to it in `health.columns`, or give the column a default.',
  },
  'health.column_type': {
    kind: 'failure',
    meaning: 'A column of the table of health events cannot hold the field that is mapped to it.',
    action:
      'Map the field to a column of another type; an enum must have a label for every status and severity.',
  },
  'health.event_refused': {
    kind: 'failure',
    meaning: 'The database refused a health event: a constraint, a trigger or a type stands against it.',
    action: 'The message has the reason of the database; fix the constraint or the mapping.',
  },
  'health.file_unwritable': {
    kind: 'failure',
    meaning: 'The NDJSON file or the Prometheus textfile of health events cannot be written.',
    action: 'Create its directory and let the user that runs salvor write there.',
  },
  'health.webhook_url': {
    kind: 'failure',
    meaning: '`health.webhook` is not an http or https url.',
    action: 'Correct the url.',
  },
  'health.webhook_failed': {
    kind: 'failure',
    meaning: 'The webhook did not accept the health event, or could not be reached.',
    action: 'See whether the receiver is up and still knows the url.',
  },
  'watchdog.nothing_expected': {
    kind: 'failure',
    meaning: 'The watchdog was asked whether all is well, and nothing is expected: it cannot say.',
    action: 'List the jobs that must run under `watchdog.expect`.',
  },
  'watchdog.unknown_scope': {
    kind: 'failure',
    meaning: '`salvor watchdog forget` was given a scope on which no job ever ran.',
    action: 'Use a scope as `salvor status` shows it, in quotes where it has blanks.',
  },
  'watchdog.never_ran': {
    kind: 'error',
    meaning:
      'No qualifying run of an expected job has ever ended (a run with --dry-run, --limit, --type or a looser threshold does not qualify).',
    action: 'See whether its timer is enabled and points at this registry; run the job once.',
  },
  'watchdog.overdue': {
    kind: 'error',
    meaning: 'The last qualifying run ended well, but longer ago than is expected.',
    action: 'See why the job was not started: its timer, its host.',
  },
  'watchdog.running_late': {
    kind: 'error',
    meaning:
      'The last qualifying run that ended is older than is expected, and the next one is still under way.',
    action: 'See how far it is with `salvor runs list`; do not start another.',
  },
  'watchdog.died': {
    kind: 'error',
    meaning: 'The last qualifying run stopped without a word: its heartbeat ended and nobody closed it.',
    action: 'Look for an out-of-memory kill, a reboot or a lost database; run the job again, it resumes.',
  },
  'watchdog.still_red': {
    kind: 'error',
    meaning:
      'The last run found nothing wrong in the part that it had time for, and what earlier runs found elsewhere is still open.',
    action:
      '`salvor status` names it; `salvor runs show` lists the subjects. Fix them, or give the job more time.',
  },
  'watchdog.ended_badly': {
    kind: 'error',
    meaning: 'The last qualifying run ended with another exit code than 0: findings, a failure or a signal.',
    action: 'Look at `salvor runs show` of the run that is named; fix what it found and run the job again.',
  },
  'watchdog.clock_skew': {
    kind: 'error',
    meaning: 'The last qualifying run claims to be from the future, so its age cannot be judged.',
    action: 'Fix the clock of the host that is named; after that, run the job again.',
  },
};
