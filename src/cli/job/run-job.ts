import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../../core/clock.js';
import { combineExitCodes, type ExitCode } from '../../core/failure.js';
import { statusOfExit } from '../../core/outcome.js';
import type { Registry } from '../../registry/registry.js';
import type { LoadedConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { stopOnSignals } from '../signals.js';
import { version } from '../version.js';
import { FailureList } from './failure-list.js';
import { type Announcer, announcer } from './health-notifier.js';
import { voiceFor } from './job-console.js';
import { openForJob } from './open-for-job.js';
import { type End, printResult } from './print-result.js';
import type { Executed, JobContext, JobSpec, RunIdentity } from './spec.js';

/**
 * Runs one job from the lock to the exit code: its row and its `running` event stand before the work starts; the
 * row is closed and the final event sent before the result is printed. Every step that fails is said, and none of
 * them keeps the others from being tried.
 */
export async function runJob<Summary extends object>(
  given: JobSpec<Summary>,
  flags: GlobalOptions,
  loaded: LoadedConfig,
): Promise<ExitCode> {
  const voice = voiceFor(flags, systemClock);
  const stop = stopOnSignals(voice.say);
  const identity: RunIdentity = { runId: randomUUID(), host: hostname(), startedAt: systemClock.now() };
  const failures = new FailureList();
  const registry = await failures.attempt(() => openForJob(given.registry, flags, loaded));
  const spec = (await failures.attempt(() => located(given, registry))) ?? given;
  let health: Announcer | undefined;
  try {
    health = await announcer(spec, identity, loaded.config, registry, voice.emit);
    const run = await failures.attempt(async () => registry?.runs.begin(runStart(spec, identity)));
    if (failures.lockIsHeld) return await printResult({ spec, flags, identity, failures, voice });
    await health.running(run);
    const mayWork = run !== undefined || spec.registry !== 'required';
    const signal =
      spec.registry === 'required' && run ? AbortSignal.any([stop.signal, run.lost]) : stop.signal;
    const context: JobContext = { ...identity, emit: voice.emit, signal, clock: systemClock, registry, run };
    const executed = mayWork ? await failures.attempt(() => spec.execute(context)) : undefined;
    if (executed?.failure !== undefined) failures.all.push(executed.failure);
    await failures.attempt(async () =>
      run?.finish({ ...endOf(executed, failures), ...rowOf(spec, executed) }),
    );
    const end = endOf(executed, failures);
    await health.ended(end, executed?.summary, failures.all);
    return await printResult({ spec, flags, identity, failures, voice, end, executed });
  } finally {
    stop.release();
    voice.quietDown();
    await health?.close();
    await registry?.close();
  }
}

async function located<Summary extends object>(
  spec: JobSpec<Summary>,
  registry: Registry | undefined,
): Promise<JobSpec<Summary>> {
  if (registry === undefined || spec.scopeIn === undefined) return spec;
  return { ...spec, scope: await spec.scopeIn(registry) };
}

function runStart(spec: JobSpec<object>, identity: RunIdentity) {
  const { job, scope, options, qualifying } = spec;
  return { id: identity.runId, ...identity, job, scope, options, qualifying, version };
}

function endOf(executed: Executed<object> | undefined, failures: FailureList): End {
  const exitCode = combineExitCodes([...(executed ? [executed.exitCode] : []), ...failures.exitCodes]);
  return {
    exitCode,
    status: statusOfExit(exitCode, executed?.status === 'partial'),
    finishedAt: systemClock.now(),
  };
}

function rowOf(spec: JobSpec<object>, executed: Executed<object> | undefined) {
  const settle = executed?.completePrefixes;
  return {
    qualifying: spec.qualifying,
    summary: { ...executed?.summary },
    ...(settle === undefined ? {} : { settle: { completePrefixes: settle } }),
  };
}
