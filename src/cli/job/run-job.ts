import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../../core/clock.js';
import { combineExitCodes, type ExitCode } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { statusOfExit } from '../../core/outcome.js';
import type { Emit } from '../../events/event.js';
import type { ActiveRun } from '../../registry/port.js';
import type { Registry } from '../../registry/registry.js';
import { settleSinks } from '../../registry/runs/sink-findings.js';
import type { LoadedConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { stopOnSignals } from '../signals.js';
import { version } from '../version.js';
import { endMessage, withScript } from './end-message.js';
import { FailureList } from './failure-list.js';
import { type HealthNotifier, healthNotifier } from './health-notifier.js';
import { consoleFor } from './job-console.js';
import { openForJob } from './open-for-job.js';
import { type End, printResult } from './print-result.js';
import { RunLedger } from './run-ledger.js';
import type { Executed, JobSpec, RunIdentity } from './spec.js';

/**
 * Runs one job from the lock to the exit code. The row and the `running` event are written before the work starts; the
 * row is closed and the final event is sent before the result is printed. Every failing step is reported, and the other
 * steps still run.
 */
export async function runJob<Summary extends object>(
  given: JobSpec<Summary>,
  flags: GlobalOptions,
  loaded: LoadedConfig,
): Promise<ExitCode> {
  const jobConsole = consoleFor(flags, systemClock);
  const stop = stopOnSignals(jobConsole.say);
  const identity: RunIdentity = { runId: randomUUID(), host: hostname(), startedAt: systemClock.now() };
  const failures = new FailureList();
  const registry = await failures.attempt(() => openForJob(given.registry, flags, loaded));
  const spec = (await failures.attempt(() => located(given, registry))) ?? given;
  let health: HealthNotifier | undefined;
  try {
    health = await healthNotifier({
      ...{ spec, identity, registry },
      config: loaded.config,
      emit: jobConsole.emit,
    });
    const run = await failures.attempt(async () => registry?.runs.begin(runStart(spec, identity)));
    if (failures.lockIsHeld) return await printResult({ spec, flags, identity, failures, jobConsole });
    await health.running(run);
    const ledger = await failures.attempt(() => RunLedger.open(run, spec));
    const emit: Emit = (event) => {
      jobConsole.emit(event);
      ledger?.emit(event);
    };
    const mayWork = run !== undefined || spec.registry !== 'required';
    const signal =
      spec.registry === 'required' && run ? AbortSignal.any([stop.signal, run.lost]) : stop.signal;
    const unexamined = () => ledger?.unexamined() ?? [];
    const context = { ...identity, emit, signal, clock: systemClock, registry, run, unexamined };
    const executed = mayWork ? await failures.attempt(() => spec.execute(context)) : undefined;
    if (executed?.failure !== undefined) failures.all.push(executed.failure);
    await failures.attempt(() => close({ spec, run, ledger, executed, failures }));
    const end = endOf(executed, failures);
    const message = endMessage(spec, end, failures, jobConsole.collector);
    await health.ended(end, executed?.summary, withScript(message, executed?.summary, spec));
    await failures.attempt(() => settleHealth(registry, identity, health?.failed));
    return await printResult({ spec, flags, identity, failures, jobConsole, end, executed });
  } finally {
    stop.release();
    jobConsole.clearProgress();
    await health?.close();
    await registry?.close();
  }
}

async function located<Summary extends object>(
  spec: JobSpec<Summary>,
  registry: Registry | undefined,
): Promise<JobSpec<Summary>> {
  if (registry === undefined || spec.scopeIn === undefined) return spec;
  const { scope, ledgerScope } = await spec.scopeIn(registry);
  return { ...spec, scope, ledger: { ...spec.ledger, scope: ledgerScope } };
}

function runStart(spec: JobSpec<object>, identity: RunIdentity) {
  const { job, scope, options, qualifying, ledger } = spec;
  const own = ledger.scope === scope ? {} : { ledgerScope: ledger.scope };
  return { id: identity.runId, ...identity, job, scope, ...own, options, qualifying, version };
}

function endOf(executed: Executed<object> | undefined, failures: FailureList): End {
  const exitCode = combineExitCodes([...(executed ? [executed.exitCode] : []), ...failures.exitCodes]);
  return {
    exitCode,
    status: statusOfExit(exitCode, executed?.status === 'partial'),
    finishedAt: systemClock.now(),
  };
}

/** Settles the findings about sinks last, because the final event is sent after the run's own findings are settled. */
async function settleHealth(
  registry: Registry | undefined,
  { host, runId }: RunIdentity,
  failed: readonly Finding[] | undefined,
): Promise<void> {
  if (registry === undefined || failed === undefined) return;
  await settleSinks(registry.database, { host, runId, at: systemClock.now() }, failed);
}

interface Closing {
  readonly spec: JobSpec<object>;
  readonly run: ActiveRun | undefined;
  readonly ledger: RunLedger | undefined;
  readonly executed: Executed<object> | undefined;
  readonly failures: FailureList;
}

/** Closes the run's row and settles its findings, whether or not the work succeeded. */
async function close({ spec, run, ledger, executed, failures }: Closing): Promise<void> {
  if (run === undefined) return;
  const { exitCode } = endOf(executed, failures);
  const settle = await failures.attempt(async () => ledger?.conclude(executed, failures.all, exitCode));
  await run.finish({
    ...endOf(executed, failures),
    qualifying: spec.qualifying,
    summary: { ...executed?.summary },
    failures: [...failures.all, ...(executed?.failures ?? [])].map(({ code, message, hint }) => ({
      code,
      message,
      hint: hint ?? null,
    })),
    ...(settle === undefined ? {} : { settle }),
  });
}
