import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { StopRequest } from '../../core/stop.js';
import { queueSql } from '../../queue/boss.js';
import { DatabaseClock } from '../../queue/database-clock.js';
import { QueueClient } from '../../queue/worker-client.js';
import { WorkerLoop } from '../../queue/worker-loop.js';
import { openRegistry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { stopOnSignals } from '../signals.js';
import { printAnswer } from '../terminal/command-result.js';
import { asFailure, writeStderr, writeStdout } from '../terminal/output.js';
import { version } from '../version.js';
import { registrySettings, stateUrl } from '../wiring/registry-url.js';
import { BuildUnits } from './build-units.js';
import { ChecksumUnits } from './checksum-units.js';
import type { WorkerFlags } from './flags.js';
import { Schedule, type ScheduleParts } from './schedule.js';
import { VerifyUnits } from './verify-units.js';

/**
 * Idle timeout within a transaction: a suspended host must not keep rows locked after its unit was given to another worker.
 * Shorter than the silence after which a unit is given away, and much longer than the time between two statements.
 */
const STANDSTILL_MS = 10_000;

/** `salvor worker`: runs until a signal arrives. */
export async function worker(input: CommandInput<WorkerFlags>): Promise<ExitCode> {
  const { flags } = input;
  if (flags.printSql) {
    await writeStdout(await queueSql(flags.role));
    return 0;
  }
  const loaded = loadConfig(flags.config);
  const concurrency = flags.concurrency ?? 1;
  if (concurrency < 1) throw usageFailure('usage.invalid', '--concurrency must be at least 1');
  if (loaded.config.state?.url !== undefined) {
    throw usageFailure('usage.invalid', 'a worker cannot be used with state.url');
  }
  const served = servedConfig(loaded, flags.roots);
  const say = (message: string): void => {
    if (!flags.quiet) writeStderr(`salvor: ${message}`);
  };
  const stop = stopOnSignals(say);
  const registry = await openRegistry(stateUrl(flags.registry, served.config), {
    idleInTransactionTimeoutMs: STANDSTILL_MS,
    ...registrySettings(served.config),
  });
  let client: QueueClient | undefined;
  try {
    const name = `${hostname()}:${process.pid}`;
    client = await QueueClient.open(registry.database, name);
    say(`worker ${name} processes units from ${registry.database.location}`);
    const handlers = [
      new ChecksumUnits({ loaded: served, flags, database: registry.database, say, concurrency }),
      new BuildUnits(served),
      new VerifyUnits(served, registry.database),
    ];
    const loop = new WorkerLoop({ client, handlers, stop: stop.signal, say, version, asFailure });
    const schedule = await scheduleOf(served, flags, { database: registry.database, say, stop: stop.signal });
    const [done] = await Promise.all([loop.run(concurrency), schedule?.run()]);
    return await printAnswer(input, {
      summary: { worker: name, ...done },
      text: () =>
        `${counted(done.units_done, 'unit')} done, ${done.units_failed} failed, ${done.units_released} returned\n`,
      exitCode: (stop.signal.reason as StopRequest | undefined)?.exitCode ?? 0,
    });
  } finally {
    stop.release();
    await client?.close();
    await registry.close();
  }
}

/** @throws Failure `config.*` for a missing or invalid schedule */
async function scheduleOf(
  { config, file }: LoadedConfig,
  flags: WorkerFlags & GlobalOptions,
  parts: Pick<ScheduleParts, 'database' | 'say' | 'stop'>,
): Promise<Schedule | undefined> {
  if (!flags.schedule) return undefined;
  const entries = config.schedule ?? [];
  if (entries.length === 0) {
    throw usageFailure('config.nothing_to_do', 'no schedule is configured', 'add schedule: [{ job, cron }]');
  }
  return new Schedule(entries, {
    ...parts,
    clock: await DatabaseClock.set(parts.database),
    flags: file === undefined ? [] : ['--config', file],
    registryUrl: stateUrl(flags.registry, config),
  });
}

/** The configuration with only the selected roots. @throws Failure `usage.invalid` for a root that is not configured */
function servedConfig(loaded: LoadedConfig, only: readonly string[] | undefined): LoadedConfig {
  if (only === undefined) return loaded;
  const roots = loaded.config.roots ?? [];
  const wanted = only.map((path) => resolve(path));
  const unknown = wanted.find((path) => !roots.some((root) => root.path === path));
  if (unknown !== undefined) {
    throw usageFailure('usage.invalid', `--roots ${unknown} is not one of the configured roots`);
  }
  return {
    ...loaded,
    config: { ...loaded.config, roots: roots.filter(({ path }) => wanted.includes(path)) },
  };
}
