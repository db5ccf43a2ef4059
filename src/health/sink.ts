import type { HealthEvent } from './event.js';

/** Somewhere that health events go. */
export interface HealthSink {
  /** For messages: the kind and the place, such as `ndjson:/var/log/salvor/events.ndjson`. Never holds a secret. */
  readonly name: string;
  /**
   * Resolves when the event is delivered as durably as the place allows. Called for one event after the other, and
   * again after a failure.
   * @throws Failure `health.*`
   */
  write(event: HealthEvent): Promise<void>;
}
