import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_SPAN_BYTES } from '../../archive/gzip/checkpoints.js';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { formatSize } from '../../core/sizes.js';
import { decodersFor } from '../../decompress/decode.js';
import { type ArchiveRef, fileNameOf } from '../../jobs/indexing/archive-ref.js';
import { type BuildPorts, buildListings } from '../../jobs/indexing/build/build.js';
import type { BuildSummary } from '../../jobs/indexing/build/build-summary.js';
import type { BuildWork } from '../../jobs/indexing/build/build-work.js';
import { DirectoryPlacement, StorePlacement } from '../../jobs/indexing/placement.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec, ReportInput } from '../job/spec.js';
import { findingLines } from '../terminal/finding-line.js';
import { version } from '../version.js';
import { storeSettings } from '../wiring/stores.js';
import { canaryUrls, parseArchive, parsePrefix, Stores } from './archive-refs.js';
import { distributeBuild, requireShareableBuild } from './distribute-build.js';
import { BUILD_EFFECTS } from './effects.js';
import type { ListingsBuildFlags } from './flags.js';
import { isOtherEndpoint, ownScopeAt } from './scope.js';

const JOB = 'listings build';
const DEFAULT_CONCURRENCY = 2;
/** With a smaller span, an index would be as large as its archive. */
const SMALLEST_SPAN_BYTES = 65_536;

type Flags = ListingsBuildFlags & Omit<GlobalOptions, 'registry'>;

/** `salvor listings build`. */
export async function buildListingsCommand(input: CommandInput<ListingsBuildFlags>): Promise<ExitCode> {
  const { registry, ...flags } = input.flags as Flags;
  refuseContradictions(flags);
  requireShareableBuild(flags, registry);
  const loaded = loadConfig(flags.config);
  const settings = storeSettings(flags, loaded.config.s3);
  const stores = new Stores(settings);
  const upload = flags.upload === true || (flags.missing === true && flags.out === undefined);
  const work = workOf(input.args, flags.missing === true, stores);
  const urls = urlsOf(work);
  const scope = urls.join(' ');
  const endpointFlag = isOtherEndpoint(flags, loaded.config.s3);
  const canaries = canaryUrls(
    loaded.config,
    flags.canary,
    work.kind === 'missing' ? work.stores.map((s) => s.url) : [],
  );
  const options = {
    work,
    index: flags.index,
    spanBytes: Math.max(flags.span ?? DEFAULT_SPAN_BYTES, SMALLEST_SPAN_BYTES),
    replace: flags.replace === true,
    onlyMissing: flags.missing === true,
    dryRun: flags.dryRun === true,
    concurrency: flags.concurrency ?? DEFAULT_CONCURRENCY,
    writer: `salvor ${version}`,
  };
  const why = notQualifying(input.flags, BUILD_EFFECTS, loaded.config);
  const spec: JobSpec<BuildSummary> = {
    command: input.command,
    job: JOB,
    scope,
    scopeIn: ownScopeAt(scope, { job: JOB, urls, settings, endpointFlag }),
    options: {
      index: options.index,
      span_bytes: options.spanBytes,
      replace: options.replace,
      dry_run: options.dryRun,
      distribute: flags.distribute,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: flags.missing === true && why.length === 0,
    ledger: { scope, covers: why.length > 0 ? 'nothing' : 'whole' },
    registry: flags.distribute
      ? 'required'
      : registry === false || flags.missing !== true
        ? 'none'
        : 'optional',
    execute: (context) => {
      const isCanary: BuildPorts['isCanary'] = ({ store, key }) => canaries.has(store.urlOf(key));
      if (flags.distribute) {
        const retry = `salvor listings build ${input.args.join(' ')} --missing --distribute`;
        return distributeBuild(context, options, {
          isCanary,
          retryCommand: retry,
          settings,
          maxMemoryBytes: flags.maxMemory,
        });
      }
      const { emit, signal } = context;
      const placementFor = placements(upload, flags.out, stores);
      const { decode } = decodersFor(flags.maxMemory);
      return buildListings(options, { decode, placementFor, isCanary, emit, signal });
    },
    report: (report) => reportText(report, options.dryRun),
  };
  return runJob(spec, { ...flags, ...(typeof registry === 'string' ? { registry } : {}) }, loaded);
}

function refuseContradictions(flags: Flags): void {
  if (flags.upload && flags.out !== undefined)
    throw usageFailure('usage.invalid', '--upload and --out cannot be combined');
  if (flags.replace && flags.out !== undefined) {
    throw usageFailure('usage.invalid', '--replace requires --upload: files in --out are never replaced');
  }
  if (flags.replace && flags.missing) {
    throw usageFailure(
      'usage.invalid',
      '--missing writes only missing files, so it cannot be combined with --replace',
    );
  }
}

type AskedWork = Exclude<BuildWork, { kind: 'listed' }>;

function workOf(args: readonly string[], missing: boolean, stores: Stores): AskedWork {
  if (missing) return { kind: 'missing', stores: args.map((url) => stores.writer(parsePrefix(url))) };
  const archives = args.map((text): ArchiveRef => {
    const { storeUrl, key } = parseArchive(text, '--missing');
    return { store: stores.writer(storeUrl), key };
  });
  return { kind: 'archives', archives };
}

function urlsOf(work: AskedWork): string[] {
  const urls =
    work.kind === 'missing'
      ? work.stores.map((store) => store.url)
      : work.archives.map(({ store, key }) => store.urlOf(key));
  return [...new Set(urls)].sort();
}

function placements(upload: boolean, out: string | undefined, stores: Stores): BuildPorts['placementFor'] {
  if (upload) return ({ store, key }, known) => new StorePlacement(stores.writer(store.url), key, known);
  const directory = resolve(out ?? '.');
  mkdirSync(directory, { recursive: true });
  return ({ key }) => DirectoryPlacement.in(directory, fileNameOf(key));
}

function reportText(input: ReportInput<BuildSummary>, dryRun: boolean): string {
  const { summary } = input.outcome;
  const lines = findingLines(input);
  const done = dryRun ? `${summary.planned} to be built` : `${summary.built} built`;
  const written =
    `; ${counted(summary.members, 'member')}, ${formatSize(summary.bytes_read)} read, ` +
    `${formatSize(summary.listing_bytes)} of listings and ${formatSize(summary.index_bytes)} of indexes written`;
  lines.push(
    `${counted(summary.archives_total, 'archive')}: ${done}, ${summary.skipped} already complete, ${summary.failed} failed` +
      (dryRun ? '; nothing was written' : written),
  );
  return `${lines.join('\n')}\n`;
}
