import type { ExitCode } from '../../core/failure.js';
import { Inventories, inventoryLines } from '../../inventory/inventories.js';
import type { VerifyOptions } from '../../jobs/listings/options.js';
import type { VerifyPorts } from '../../jobs/listings/ports.js';
import { reportLines } from '../../jobs/listings/report/report.js';
import type { VerifySummary } from '../../jobs/listings/report/summary.js';
import { verifyListings } from '../../jobs/listings/run.js';
import type { Registry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { notQualifying as notQualifyingFlags } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { Executed, JobSpec } from '../job/spec.js';
import { listerFor, readerFor, storeSettings } from '../wiring/stores.js';
import { requireShareableVerify, withSharing } from './distribute-verify.js';
import { SETTING_FLAGS, VERIFY_EFFECTS } from './effects.js';
import type { BackupFlags, ListingsVerifyFlags } from './flags.js';
import { isOtherEndpoint, scopeAtEndpoint } from './scope.js';
import { listingTargets } from './targets.js';

type Summary = VerifySummary & ReturnType<Inventories['summary']>;

const JOB = 'listings verify';

/** `salvor listings verify`: resolves targets, scope and ports from the flags, and runs the job. */
export async function verifyListingsCommand(input: CommandInput<ListingsVerifyFlags>): Promise<ExitCode> {
  const { registry, ...flags } = input.flags as ListingsVerifyFlags & Omit<GlobalOptions, 'registry'>;
  const loaded = loadConfig(flags.config);
  const overlay = backupFlags(flags);
  const { targets, terms, scope, ledgerScopes, configured, notQualifying, settles } = listingTargets(
    input.args,
    overlay,
    loaded.config,
  );
  notQualifying.push(...notQualifyingFlags(input.flags, VERIFY_EFFECTS, loaded.config));
  requireShareableVerify(input.flags, terms, loaded.config);
  const settings = storeSettings(flags, loaded.config.s3);
  const endpointFlag = isOtherEndpoint(flags, loaded.config.s3);
  const place = { job: JOB, urls: targets.map(({ url }) => url), settings, endpointFlag };
  let ledgerScope = scope;
  const spec: JobSpec<Summary> = {
    command: input.command,
    job: JOB,
    scope,
    async scopeIn(registry) {
      ledgerScope = await scopeAtEndpoint(await ledgerScopeIn(ledgerScopes, registry), place, registry);
      const isPart = !ledgerScopes.includes(scope);
      return { scope: isPart ? await scopeAtEndpoint(scope, place, registry) : ledgerScope, ledgerScope };
    },
    options: {
      urls: targets.map((target) => target.url),
      ...overlay,
      ...(flags.distribute ? { distribute: true } : {}),
      ...(configured ? { configured } : {}),
      ...(notQualifying.length > 0 ? { not_qualifying: notQualifying } : {}),
    },
    qualifying: notQualifying.length === 0,
    ledger: { scope, covers: 'listed' },
    registry: flags.distribute ? 'required' : registry === false ? 'none' : 'optional',
    async execute(context) {
      const { emit, signal, clock, registry: open, run } = context;
      const lastComplete = await open?.runs.lastComplete(JOB, ledgerScope);
      const ports = {
        ...(run === undefined ? {} : { findings: run.findings }),
        ...(lastComplete === undefined ? {} : { lastComplete }),
        ...{ emit, signal, clock },
      };
      if (flags.distribute) {
        const lister = (url: string, partOf?: string) => listerFor(url, settings, partOf);
        return withSharing(context, { scope: ledgerScope, targets: terms }, settings, (sharing) =>
          verifyListings({ targets, settles }, { ...ports, lister, sharing }),
        );
      }
      const inventories = new Inventories({
        flags: overlay,
        backups: loaded.config.backups,
        openLister: (url, partOf) => listerFor(url, settings, partOf),
        openReader: (url) => readerFor(url, settings),
        note: (level, message) => emit({ type: 'note', level, message }),
        ...{ clock, signal },
      });
      return verifyWithInventories({ targets, settles }, ports, inventories);
    },
    report: (input, style) =>
      `${[...reportLines(input, style), ...inventoryLines(input.outcome.summary)].join('\n')}\n`,
  };
  return runJob(spec, { ...flags, ...(typeof registry === 'string' ? { registry } : {}) }, loaded);
}

/** Runs the job on this host. Stores that have an S3 Inventory are listed from it. */
async function verifyWithInventories(
  options: VerifyOptions,
  ports: Omit<VerifyPorts, 'lister'>,
  inventories: Inventories,
): Promise<Executed<Summary>> {
  try {
    const outcome = await verifyListings(
      { ...options, targets: inventories.targets(options.targets) },
      { ...ports, lister: (url, partOf) => inventories.lister(url, partOf), clock: inventories.clock },
    );
    return { ...outcome, summary: { ...outcome.summary, ...inventories.summary() } };
  } finally {
    await inventories.close();
  }
}

/** The scope whose findings a partial run shares: of the candidates, the one with the last complete run. */
async function ledgerScopeIn(scopes: readonly string[], { runs }: Registry): Promise<string> {
  const [first = '', ...others] = scopes;
  if (others.length === 0) return first;
  const used = await Promise.all(
    scopes.map(async (scope) => ({
      scope,
      last: (await runs.lastComplete(JOB, scope))?.startedAt.getTime() ?? 0,
    })),
  );
  return used.reduce((best, one) => (one.last > best.last ? one : best)).scope;
}

/** Only the flags that override a configured backup, with the names of its keys. */
function backupFlags(flags: ListingsVerifyFlags): BackupFlags {
  const named = Object.entries(SETTING_FLAGS).map(([setting, flag]) => [setting, flags[flag]] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined)) as BackupFlags;
}
