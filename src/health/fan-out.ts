import { type Clock, systemClock } from '../core/clock.js';
import { Failure } from '../core/failure.js';
import type { Finding } from '../core/finding.js';
import type { HealthEvent } from './event.js';
import type { HealthSink } from './sink.js';

/** Longer than the webhook's own retries, but short compared with any job, so that a hanging sink delays nothing. */
const SINK_TIMEOUT_MS = 30_000;

/** A sink that did not accept an event. */
interface SinkFailure {
  sink: string;
  failure: Failure;
  /** `health.sink_failed`, ready to be emitted. */
  finding: Finding;
}

export interface HealthFanOut {
  /** Sends the event to all sinks concurrently. Never throws; the result names the sinks that failed. */
  write(event: HealthEvent): Promise<SinkFailure[]>;
}

/** Combines all sinks, so that none can block or delay another. */
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
      // A separate function, so that a sink that throws before its first await is also caught.
      (async () => sink.write(event))(),
      clock.sleep(timeoutMs, settled.signal).then(() => {
        if (settled.signal.aborted) return;
        throw new Failure('health.sink_timeout', `no response within ${timeoutMs / 1000} s`);
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
