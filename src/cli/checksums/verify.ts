import type { ExitCode } from '../../core/failure.js';
import { shareScrub } from '../../jobs/checksums/distributed/distributed-scrub.js';
import type { ScrubOptions } from '../../jobs/checksums/options.js';
import { checksumReport } from '../../jobs/checksums/report/report.js';
import type { ScrubSummary } from '../../jobs/checksums/report/summary.js';
import { scrubChecksums } from '../../jobs/checksums/scrub/scrub.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec } from '../job/spec.js';
import { artifactsScope } from '../wiring/artifacts.js';
import {
  checksumLedger,
  checksumOptions,
  keptOptions,
  lookingBack,
  unwrittenOf,
  withChecksumPorts,
} from './checksum-options.js';
import { requireShareable, withSharedPorts } from './distribute.js';
import { DEFAULT_PERIOD_MS, SCRUB_EFFECTS } from './effects.js';
import type { ScrubFlags } from './flags.js';

const JOB = 'checksums verify';

/** `salvor checksums verify`. */
export async function scrubCommand(input: CommandInput<ScrubFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const shared = checksumOptions(flags, loaded.config);
  const periodMs = flags.period ?? loaded.config.checksums?.period ?? DEFAULT_PERIOD_MS;
  const scope = artifactsScope(loaded.config, flags, flags.type);
  requireShareable(flags, loaded.config);
  const why = notQualifying(flags, SCRUB_EFFECTS, loaded.config);
  const spec: JobSpec<ScrubSummary> = {
    command: input.command,
    job: JOB,
    scope,
    options: {
      ...keptOptions(flags, shared),
      max_duration_ms: flags.maxDuration,
      max_bytes: flags.maxBytes,
      period_ms: periodMs,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: why.length === 0,
    ledger: checksumLedger(flags, loaded.config),
    registry: 'required',
    execute: async (context) => {
      const runs = await context.registry?.runs.list({ job: JOB, scope, limit: 2 });
      const previous = runs?.find((run) => run.id !== context.runId);
      const options: ScrubOptions = {
        ...shared,
        runId: context.runId,
        maxDurationMs: flags.maxDuration,
        maxBytes: flags.maxBytes,
        periodMs,
        previousStartedAt: previous?.startedAt,
      };
      if (!flags.distribute) {
        return withChecksumPorts(context, flags, loaded, (ports) =>
          lookingBack(context, ports, { ...options, kind: 'scrub' }, scrubChecksums(options, ports)),
        );
      }
      const terms = { kind: 'scrub', onDrift: 'hold', stat: false } as const;
      return withSharedPorts(context, { flags, loaded }, { ...options, terms }, (ports) =>
        lookingBack(context, ports, { ...options, kind: 'scrub' }, shareScrub(options, ports)),
      );
    },
    report: (input, style) =>
      checksumReport({ ...input, unwritten: unwrittenOf(flags, loaded.config) }, style),
  };
  return runJob(spec, flags, loaded);
}
