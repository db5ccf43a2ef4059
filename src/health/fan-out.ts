import { type Clock, systemClock } from '../core/clock.js';
import { Failure } from '../core/failure.js';
import type { Finding } from '../core/finding.js';
import type { HealthEvent } from './event.js';
import type { HealthSink } from './sink.js';

/** Longer than the webhook's own retries take, and short beside any job: a sink that hangs holds nobody up. */
const SINK_TIMEOUT_MS = 30_000;

/** A sink that did not take an event. */
interface SinkFailure {
  sink: string;
  failure: Failure;
  /** `health.sink_failed`, ready to be emitted. */
  finding: Finding;
}

export interface HealthFanOut {
  /** Offers the event to every sink at once. Never throws: whoever failed is named in the result. */
  write(event: HealthEvent): Promise<SinkFailure[]>;
}

/** All sinks as one, of which none can silence or delay another. */
export function fanOut(
  sinks: readonly HealthSink[],
  clock: Clock = systemClock,
  timeoutMs = SINK_TIMEOUT_MS,
): HealthFanOut {
  return {
    async write(event) {
      const outcomes = await Promise.all(sinks.map((sink) => offer(sink, event, clock, timeoutMs)));
      return outcomes.filter((outcome) => outcome !== undefined);
    },
  };
}

async function offer(
  sink: HealthSink,
  event: HealthEvent,
  clock: Clock,
  timeoutMs: number,
): Promise<SinkFailure | undefined> {
  const settled = new AbortController();
  try {
    await Promise.race([
      // In a function of its own, so that a sink which throws before its first await is caught as well.
      (async () => sink.write(event))(),
      clock.sleep(timeoutMs, settled.signal).then(() => {
        if (settled.signal.aborted) return;
        throw new Failure('health.sink_timeout', `no answer within ${timeoutMs / 1000} s`);
      }),
    ]);
    return undefined;
  } catch (thrown) {
    return sinkFailure(sink.name, event, thrown);
  } finally {
    settled.abort();
  }
}

function sinkFailure(sink: string, event: HealthEvent, thrown: unknown): SinkFailure {
  const failure = thrown instanceof Failure ? thrown : unexpected(thrown);
  const detail = {
    sink,
    code: failure.code,
    event_status: event.status,
    event_id: event.eventId,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  };
  const message = `the health event "${event.status}" did not reach ${sink}: ${failure.message}`;
  return {
    sink,
    failure,
    finding: { code: 'health.sink_failed', severity: 'warning', subject: sink, message, detail },
  };
}

function unexpected(thrown: unknown): Failure {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('internal.error', message, { cause: thrown });
}
