import { nearestName } from '../../../core/did-you-mean.js';
import type { Config } from '../../config/schema.js';
import { type Check, ok, warning } from './check.js';

/** The job names of runs; `recovery` is the job of both `apply` and `run`. */
const RUN_JOBS = [
  'listings verify',
  'listings build',
  'listings check',
  'checksums backfill',
  'checksums verify',
  'recovery',
  'recovery plan',
  'recovery drill',
];

/** Reports settings that are not configured: they were not checked, and must not look as if they were fine. */
export function nothingNamed({ backups, roots }: Config): Check[] {
  const checks: Check[] = [];
  if ((backups ?? []).length === 0) {
    checks.push(
      warning(
        'backups',
        'none are configured, so none were checked',
        'list them under backups in salvor.yaml, for `salvor listings verify`',
      ),
    );
  }
  if ((roots ?? []).length === 0) {
    checks.push(
      warning(
        'roots',
        'none are configured, so checksums and recovery cannot find any files',
        'list the directories with the files under roots in salvor.yaml, and set registry.table to your table',
      ),
    );
  }
  return checks;
}

/** An expected job with a name that no job has would stay red forever for no visible reason. */
export function watchdogChecks({ watchdog }: Config): Check[] {
  const expected = watchdog?.expect ?? [];
  if (expected.length === 0) {
    return [
      warning(
        'watchdog',
        'expects no jobs, so a job that stops running goes unnoticed',
        'list the jobs under watchdog.expect',
      ),
    ];
  }
  const unknown = expected.map(({ job }) => job).filter((job) => !RUN_JOBS.includes(job));
  if (unknown.length === 0) {
    return [ok('watchdog', `expects ${expected.length} job${expected.length > 1 ? 's' : ''}`)];
  }
  return unknown.map((job) =>
    warning('watchdog', `expects ${JSON.stringify(job)}, but no job has this name`, meant(job)),
  );
}

function meant(job: string): string {
  const near = /^recovery (apply|run)$/.test(job) ? 'recovery' : nearestName(job, RUN_JOBS);
  return near === undefined
    ? `set watchdog.expect to one of ${RUN_JOBS.join(', ')}`
    : `set watchdog.expect to ${near}`;
}
