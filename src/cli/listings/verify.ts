import type { ExitCode } from '../../core/failure.js';
import { reportLines } from '../../jobs/listings/report/report.js';
import type { VerifySummary } from '../../jobs/listings/report/summary.js';
import { verifyListings } from '../../jobs/listings/run.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec } from '../job/spec.js';
import { listerFor, storeSettings } from '../wiring/stores.js';
import { requireShareableVerify, withSharing } from './distribute-verify.js';
import { Inventories, inventoryLines } from './inventories.js';
import { type BackupFlags, listingTargets } from './targets.js';
import type { ListingsVerifyFlags } from './verify.command.js';

type Summary = VerifySummary & ReturnType<Inventories['summary']>;

const JOB = 'listings verify';

/** `salvor listings verify` behind its flags: what to check, under which name, with which ports. */
export async function verifyListingsCommand(input: CommandInput<ListingsVerifyFlags>): Promise<ExitCode> {
  const { registry, ...flags } = input.flags as ListingsVerifyFlags & Omit<GlobalOptions, 'registry'>;
  const loaded = loadConfig(flags.config);
  const overlay = backupFlags(flags);
  const { targets, terms, scope, qualifying } = listingTargets(input.args, overlay, loaded.config);
  requireShareableVerify(input.flags, terms, loaded.config);
  const settings = storeSettings(flags, loaded.config.s3);
  const spec: JobSpec<Summary> = {
    command: input.command,
    job: JOB,
    scope,
    options: {
      urls: targets.map((target) => target.url),
      ...overlay,
      ...(flags.distribute ? { distribute: true } : {}),
    },
    qualifying,
    ledger: { scope, covers: 'listed' },
    registry: flags.distribute ? 'required' : registry === false ? 'none' : 'optional',
    async execute(context) {
      const { emit, signal, clock, registry: open, run } = context;
      const lastComplete = await open?.runs.lastComplete(JOB, scope);
      const ports = {
        ...(run === undefined ? {} : { findings: run.findings }),
        ...(lastComplete === undefined ? {} : { lastComplete }),
        ...{ emit, signal },
      };
      if (flags.distribute) {
        const lister = (url: string) => listerFor(url, settings);
        return withSharing(context, { scope, targets: terms }, (sharing) =>
          verifyListings({ targets }, { ...ports, lister, clock, sharing }),
        );
      }
      const { backups } = loaded.config;
      const inventories = new Inventories({ flags: overlay, backups, settings, clock, emit, signal });
      try {
        const outcome = await verifyListings(
          { targets: inventories.targets(targets) },
          { ...ports, lister: (url) => inventories.lister(url), clock: inventories.clock },
        );
        return { ...outcome, summary: { ...outcome.summary, ...inventories.summary() } };
      } finally {
        await inventories.close();
      }
    },
    report: (input, style) =>
      `${[...reportLines(input, style), ...inventoryLines(input.outcome.summary)].join('\n')}\n`,
  };
  return runJob(spec, { ...flags, ...(typeof registry === 'string' ? { registry } : {}) }, loaded);
}

/** Only the flags that overlay a configured backup, under its keys' names. */
function backupFlags(flags: ListingsVerifyFlags): BackupFlags {
  const named: Record<keyof BackupFlags, unknown> = {
    listing: flags.listingTemplate,
    archive_pattern: flags.archivePattern,
    partition_depth: flags.partitionDepth,
    series_pattern: flags.seriesPattern,
    retired: flags.retired,
    since: flags.since,
    date_pattern: flags.datePattern,
    allowlist: flags.allowlist,
    max_missing: flags.maxMissing,
    fail_on: flags.failOn,
    min_size: flags.minSize,
    grace: flags.grace,
    stale: flags.stale,
    max_age: flags.maxAge,
    max_vanished: flags.maxVanished,
    strict: flags.strict,
    require_index: flags.requireIndex,
    canary: flags.canary,
    concurrency: flags.concurrency,
    inventory: flags.inventory,
    max_inventory_age: flags.maxInventoryAge,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as BackupFlags;
}
