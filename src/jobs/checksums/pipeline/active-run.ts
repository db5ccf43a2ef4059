import type { ChecksumPorts } from '../options.js';
import { Tally } from '../report/summary.js';
import { Stopper } from './stopper.js';

/** A run on checksums from its first moment to its summary: its count, and what may stop it. */
export class RunUnderWay {
  readonly tally = new Tally();
  readonly stopper: Stopper;
  readonly startedMs: number;
  readonly #watches: (() => void)[];

  /** `onStop` ends what is under way outside of the run's own loop. */
  constructor(ports: Pick<ChecksumPorts, 'clock' | 'signal'>, onStop: () => void) {
    this.startedMs = ports.clock.monotonicMs();
    this.stopper = new Stopper(onStop);
    this.#watches = [this.stopper.follow(ports.signal)];
  }

  /** `end` is called when the run ends, before those that were given earlier. */
  onEnd(end: () => void): void {
    this.#watches.push(end);
  }

  /** From here on nothing stops the run any more: what is left is to conclude it. */
  end(): void {
    for (const end of this.#watches.splice(0).reverse()) end();
  }
}
