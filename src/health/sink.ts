import type { HealthEvent } from './event.js';

/** A destination of health events. */
export interface HealthSink {
  /** The kind and the place for messages, such as `ndjson:/var/log/salvor/events.ndjson`. Never contains a secret. */
  readonly name: string;
  /**
   * Resolves when the event is delivered as durably as the destination allows. Called for one event at a time, and again
   * after a failure.
   * @throws Failure `health.*`
   */
  write(event: HealthEvent): Promise<void>;
}
