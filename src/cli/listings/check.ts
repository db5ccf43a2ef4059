import { tmpdir } from 'node:os';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { formatSize } from '../../core/sizes.js';
import { decodersFor } from '../../decompress/decode.js';
import { type CheckWork, checkListings } from '../../jobs/indexing/check/check.js';
import type { CheckSummary } from '../../jobs/indexing/check/check-tally.js';
import { PostgresArchiveParts } from '../../registry/archive-parts.js';
import {
  archivePartsLine,
  type WithArchiveProgress,
  withArchiveProgress,
} from '../checksums/partial-summary.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec, ReportInput } from '../job/spec.js';
import { findingLines } from '../terminal/finding-line.js';
import { storeSettings } from '../wiring/stores.js';
import { canaryUrls, parseArchive, parsePrefix, Stores } from './archive-refs.js';
import { CHECK_EFFECTS } from './effects.js';
import type { ListingsCheckFlags } from './flags.js';
import { isOtherEndpoint, ownScopeAt } from './scope.js';

const JOB = 'listings check';
const DAY_MS = 86_400_000;

/** `salvor listings check`. */
export async function checkListingsCommand(input: CommandInput<ListingsCheckFlags>): Promise<ExitCode> {
  const { registry, ...flags } = input.flags as ListingsCheckFlags & Omit<GlobalOptions, 'registry'>;
  const loaded = loadConfig(flags.config);
  const { rate } = flags;
  const settings = {
    ...storeSettings(flags, loaded.config.s3),
    ...(rate === undefined ? {} : { bytesPerSecond: rate }),
  };
  const work = workOf(input.args, flags, new Stores(settings));
  const urls =
    work.kind === 'prefixes'
      ? work.stores.map((store) => store.url)
      : work.archives.map(({ store, key }) => store.urlOf(key));
  const canaries = canaryUrls(loaded.config, flags.canary, work.kind === 'prefixes' ? urls : []);
  const why = notQualifying(input.flags, CHECK_EFFECTS, loaded.config);
  const scope = [...new Set(urls)].sort().join(' ');
  const endpointFlag = isOtherEndpoint(flags, loaded.config.s3);
  const spec: JobSpec<Summary> = {
    command: input.command,
    job: JOB,
    scope,
    scopeIn: ownScopeAt(scope, { job: JOB, urls, settings, endpointFlag }),
    options: {
      period_ms: flags.period ?? null,
      every_ms: flags.every ?? null,
      max_bytes: flags.maxBytes,
      max_duration_ms: flags.maxDuration,
      rate: rate ?? null,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: work.kind === 'prefixes' && why.length === 0,
    ledger: { scope, covers: why.length > 0 ? 'nothing' : 'whole' },
    registry: registry === false || work.kind === 'archives' ? 'none' : 'optional',
    execute: async ({ emit, signal, clock, runId, registry: state }) => {
      const checked = await checkListings(work, {
        decode: decodersFor(flags.maxMemory).decode,
        directory: tmpdir(),
        isCanary: (archive) => canaries.has(archive.store.urlOf(archive.key)),
        parts:
          state === undefined ? undefined : new PostgresArchiveParts(state.database, { job: JOB, runId }),
        nowMs: clock.now().getTime(),
        monotonicMs: () => clock.monotonicMs(),
        emit,
        signal,
      });
      return { ...checked, summary: await withArchiveProgress(checked.summary, state?.database, JOB) };
    },
    report: reportText,
  };
  return runJob(spec, { ...flags, ...(typeof registry === 'string' ? { registry } : {}) }, loaded);
}

function workOf(args: readonly string[], flags: ListingsCheckFlags, stores: Stores): CheckWork {
  const { period, every = DAY_MS } = flags;
  if (period === undefined && flags.every !== undefined)
    throw usageFailure(
      'usage.invalid',
      '--every requires --period',
      '--period says how often each archive is due',
    );
  if (period !== undefined && (every <= 0 || period < every)) {
    throw usageFailure(
      'usage.invalid',
      '--period is shorter than --every',
      'a period must cover several runs',
    );
  }
  if (period !== undefined || flags.all === true) {
    const rotation = period === undefined ? undefined : { periodMs: period, everyMs: every };
    const { maxBytes, maxDuration: maxDurationMs, rate: bytesPerSecond } = flags;
    const isLimited = maxBytes !== undefined || maxDurationMs !== undefined;
    const budget = isLimited ? { budget: { maxBytes, maxDurationMs, bytesPerSecond } } : {};
    return {
      kind: 'prefixes',
      stores: args.map((url) => stores.reader(parsePrefix(url))),
      rotation,
      ...budget,
    };
  }
  if (flags.maxBytes !== undefined || flags.maxDuration !== undefined) {
    throw usageFailure('usage.invalid', '--max-bytes and --max-duration require --all or --period');
  }
  const archives = args.map((text) => {
    const { storeUrl, key } = parseArchive(text, '--all or --period');
    return { store: stores.reader(storeUrl), key };
  });
  return { kind: 'archives', archives };
}

type Summary = WithArchiveProgress<CheckSummary>;

function reportText(input: ReportInput<Summary>): string {
  const { summary } = input.outcome;
  const lines = findingLines(input);
  const left = [
    ...(summary.not_due > 0 ? [`${summary.not_due} not due in this run`] : []),
    ...(summary.not_reached > 0 ? [`${summary.not_reached} left for another run`] : []),
    ...(summary.in_parts > 0 ? [`${summary.in_parts} read in part`] : []),
    ...(summary.too_large > 0 ? [`${summary.too_large} too large for one run`] : []),
  ];
  const due = left.length === 0 ? '' : ` (${left.join(', ')})`;
  lines.push(
    `${counted(summary.checked, 'archive')} checked${due}, ${summary.damaged} damaged; listings: ${summary.listings_same} same, ` +
      `${summary.listings_differ} differ, ${summary.listings_absent} absent; indexes: ${summary.indexes_same} same, ` +
      `${summary.indexes_differ} differ, ${summary.indexes_stale} stale, ${summary.indexes_corrupt} corrupt, ` +
      `${summary.indexes_absent} absent; ${formatSize(summary.bytes_read)} read`,
  );
  return `${lines.join('\n')}\n${archivePartsLine(JOB, summary.partial_progress)}`;
}
