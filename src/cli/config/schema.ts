import { z } from 'zod';
import { parseDuration } from '../../core/durations.js';
import { Failure } from '../../core/failure.js';
import { DIGEST_ALGORITHMS } from '../../core/recorded-digest.js';
import { parseRate, parseSize } from '../../core/sizes.js';
import { hasStoreScheme, STORE_FORMS } from '../../core/store-url.js';
import { fileMode } from './file-mode.js';

/** Runs one of core's text parsers inside zod, so that its message has the key's path. */
function parsed<T>(parse: (text: string) => T) {
  return z.union([z.string(), z.number()]).transform((value, context): T => {
    try {
      return parse(String(value));
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Failure ? error.message : 'is not valid',
      });
      return z.NEVER;
    }
  });
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const size = parsed(parseSize);
const rate = parsed(parseRate);
const duration = parsed(parseDuration);
const count = z.number().int().nonnegative();
const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d+)?%$/, 'must be a percentage such as 5%')
  .transform((text) => Number(text.slice(0, -1)) / 100);
const date = z.iso.date('must be a date such as 2026-04-24');
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// url' });
const timezone = z.string().refine(isTimezone, {
  error: ({ input }) => `${JSON.stringify(input)} is not a time zone such as Europe/Berlin`,
});
const strings = z.array(z.string().min(1));
/** Maps Salvor's field names to column names of the user's table. */
const columnNames = z.record(z.string(), z.string().min(1));

const label = z.string().min(1).nullable().optional();
/** Maps statuses to labels of the user's table; null leaves out the events with that status. */
const healthStatuses = z.strictObject({
  running: label,
  ok: label,
  partial: label,
  findings: label,
  incomplete: label,
  interrupted: label,
});

const storeUrl = z.string().refine(hasStoreScheme, `must be ${STORE_FORMS}`);

/** One store that `listings verify` checks when no url is given. */
const backupSchema = z.strictObject({
  url: storeUrl,
  listing: z.string().startsWith('{key}', 'must be {key} followed by a suffix').optional(),
  archive_pattern: z.string().optional(),
  partition_depth: count.optional(),
  series_pattern: z.string().optional(),
  retired: strings.optional(),
  since: date.optional(),
  date_pattern: z.string().optional(),
  allowlist: z.string().optional(),
  max_missing: count.optional(),
  fail_on: z.enum(['all', 'new']).optional(),
  min_size: size.optional(),
  grace: duration.optional(),
  stale: z.enum(['warn', 'fail', 'off']).optional(),
  max_age: duration.optional(),
  max_vanished: percent.optional(),
  strict: z.boolean().optional(),
  require_index: z.boolean().optional(),
  canary: z.string().optional(),
  concurrency: z.number().int().min(1).max(256).optional(),
  inventory: storeUrl.optional(),
  max_inventory_age: duration.optional(),
});

const rootSchema = z.strictObject({
  path: z.string().min(1),
  types: strings.optional(),
  strip: z.string().optional(),
  sentinel: z.string().optional(),
});

const trust = z.enum(['bind', 'review']).optional();
const sourceSchema = z.union([
  z.strictObject({ directory: z.string().min(1), trust }),
  z.strictObject({ git: z.string().min(1), trust }),
  z.strictObject({ archives: storeUrl, series: z.string().optional(), trust }),
]);

const typeSchema = z.strictObject({
  directories: strings.optional(),
  extensions: strings.optional(),
  name_keys: strings.optional(),
  unrecoverable: z
    .array(z.strictObject({ when: z.record(z.string(), z.unknown()), reason: z.string().min(1) }))
    .optional(),
});

/** The jobs that `salvor worker --schedule` can start. */
const scheduledJobs = [
  'listings verify',
  'listings build',
  'checksums backfill',
  'checksums verify',
  'recovery plan',
  'recovery run',
  'recovery drill',
  'watchdog',
] as const;

const scheduleSchema = z.strictObject({
  job: z.enum(scheduledJobs),
  cron: z.string().min(1),
  timezone: timezone.optional(),
  args: strings.optional(),
});

/** A column, key or sidecar with digests that were recorded before Salvor. */
const digestSchema = z
  .strictObject({
    key: z.string().min(1).optional(),
    column: z.string().min(1).optional(),
    sidecar: z
      .string()
      .regex(
        /^\.?[^/\0.][^/\0]*$/,
        'must be a suffix such as .sha256, or the name of a list such as SHA256SUMS',
      )
      .optional(),
    algorithm: z.enum(DIGEST_ALGORITHMS),
    types: strings.optional(),
  })
  .refine(
    (source) =>
      [source.key, source.column, source.sidecar].filter((place) => place !== undefined).length === 1,
    'needs exactly one of key, column or sidecar',
  );

/** The schema of `salvor.yaml`. Every key is optional; unknown keys are errors. */
export const configSchema = z.strictObject({
  profile: z.string().optional(),
  registry: z
    .strictObject({
      url: z.string().optional(),
      mode: z.enum(['write', 'readonly']).optional(),
      table: z.string().min(1).optional(),
      columns: z
        .strictObject({
          id: z.string().min(1).optional(),
          type: z.string().min(1).optional(),
          path: z.string().min(1).optional(),
          metadata: z.string().min(1).optional(),
          title: z.string().min(1).optional(),
        })
        .optional(),
      guard: strings.optional(),
      digests: z.array(digestSchema).optional(),
      row_security: z.enum(['refuse', 'allow']).optional(),
      emit_sql: z.string().min(1).optional(),
    })
    .optional(),
  state: z.strictObject({ url: z.string().optional() }).optional(),
  roots: z.array(rootSchema).optional(),
  s3: z
    .strictObject({
      endpoint_url: httpUrl.optional(),
      region: z.string().optional(),
      path_style: z.boolean().optional(),
    })
    .optional(),
  backups: z.array(backupSchema).optional(),
  checksums: z
    .strictObject({
      rate: rate.optional(),
      window: z
        .string()
        .regex(/^\d{2}:\d{2}-\d{2}:\d{2}$/, 'must be a window such as 02:00-06:00')
        .optional(),
      timezone: timezone.optional(),
      threads: z.number().int().min(1).max(256).optional(),
      batch_rows: z.number().int().min(1).max(10_000).optional(),
      on_drift: z.enum(['record', 'hold']).optional(),
      max_drift: count.optional(),
      max_errors: count.optional(),
      period: duration.optional(),
    })
    .optional(),
  recovery: z
    .strictObject({
      destination: z.string().optional(),
      archives: z.union([z.literal('all'), z.number().int().min(1)]).optional(),
      allow_unverified: z.boolean().optional(),
      sources: z.array(sourceSchema).optional(),
      types: z.record(z.string(), typeSchema).optional(),
      generic_names: strings.optional(),
      file_mode: fileMode.optional(),
      dir_mode: fileMode.optional(),
      group: z.union([z.string().min(1), z.number().int().min(0)]).optional(),
    })
    .optional(),
  references: z
    .strictObject({ sql: z.string().min(1), timeout: duration.optional(), max_rows: count.optional() })
    .optional(),
  health: z
    .strictObject({
      url: z.string().optional(),
      table: z.string().min(1).optional(),
      columns: columnNames.optional(),
      statuses: healthStatuses.optional(),
      ndjson: z.string().optional(),
      prometheus: z.string().optional(),
      webhook: httpUrl.optional(),
      webhook_secret: z.string().min(1).optional(),
    })
    .optional(),
  watchdog: z
    .strictObject({
      expect: z
        .array(
          z.strictObject({
            job: z.string().min(1),
            within: duration,
            scope: z.string().optional(),
            host: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  journal: z
    .strictObject({
      mirror: z
        .strictObject({
          table: z.string().min(1),
          columns: columnNames,
          constants: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
        })
        .optional(),
    })
    .optional(),
  retention: z
    .strictObject({
      runs: duration.optional(),
      findings: duration.optional(),
      events: duration.optional(),
      summaries: duration.optional(),
    })
    .optional(),
  schedule: z.array(scheduleSchema).optional(),
  dashboard: z
    .strictObject({
      listen: z.string().optional(),
      allowed_hosts: strings.optional(),
      tokens: z.record(z.string(), z.string().min(1)).optional(),
    })
    .optional(),
});

export type Config = z.output<typeof configSchema>;
export type BackupConfig = z.output<typeof backupSchema>;
