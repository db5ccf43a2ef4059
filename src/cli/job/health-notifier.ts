import { systemClock } from '../../core/clock.js';
import type { Finding } from '../../core/finding.js';
import type { Emit } from '../../events/event.js';
import { diedEvent, endedEvent, startedEvent } from '../../health/event.js';
import { fanOut } from '../../health/fan-out.js';
import type { ActiveRun } from '../../registry/port.js';
import type { Registry } from '../../registry/registry.js';
import type { Config } from '../config/schema.js';
import { version } from '../version.js';
import { healthSinks } from '../wiring/health-sinks.js';
import type { End } from './print-result.js';
import type { JobSpec, RunIdentity } from './spec.js';

/** Sends the start and the end of a run to every health sink. Never throws: a failing sink is a warning. */
export interface HealthNotifier {
  running(run: ActiveRun | undefined): Promise<void>;
  ended(end: End, summary: object | undefined, message: string | undefined): Promise<void>;
  /** The deliveries that failed so far; undefined if there are no sinks. */
  readonly failed: readonly Finding[] | undefined;
  close(): Promise<void>;
}

interface NotifierParts {
  readonly spec: JobSpec<object>;
  readonly identity: RunIdentity;
  readonly config: Config;
  readonly registry: Registry | undefined;
  readonly emit: Emit;
}

export async function healthNotifier(parts: NotifierParts): Promise<HealthNotifier> {
  const { spec, identity, config, registry, emit } = parts;
  const sinks = await healthSinks(config.health, registry, spec.registry !== 'none');
  const out = fanOut(sinks.all);
  const run = { id: identity.runId, ...identity, job: spec.job, scope: spec.scope, version };
  const failed: Finding[] = [];
  const send = async (event: Parameters<typeof out.write>[0]): Promise<void> => {
    for (const { finding } of await out.write(event)) {
      failed.push(finding);
      emit({ type: 'finding', finding });
    }
  };
  return {
    failed: sinks.all.length === 0 ? undefined : failed,
    async running(active) {
      for (const dead of active?.closedDead ?? []) await send(diedEvent(dead, systemClock.now()));
      await send(startedEvent(run, systemClock.now()));
    },
    async ended(end, summary, message) {
      const told = { ...end, summary: { ...summary }, ...(message === undefined ? {} : { message }) };
      await send(endedEvent(run, told, systemClock.now()));
    },
    close: () => sinks.close(),
  };
}
