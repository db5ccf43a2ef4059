import type { ChecksumPorts } from '../options.js';
import { Tally } from '../report/summary.js';
import { Stopper } from './stopper.js';

/** A checksum run from its start to its summary: its counts, and what may stop it. */
export class RunUnderWay {
  readonly tally = new Tally();
  readonly stopper: Stopper;
  readonly startedMs: number;
  readonly #watches: (() => void)[];

  /** `onStop` ends work that goes on outside the run's own loop. */
  constructor(ports: Pick<ChecksumPorts, 'clock' | 'signal'>, onStop: () => void) {
    this.startedMs = ports.clock.monotonicMs();
    this.stopper = new Stopper(onStop);
    this.#watches = [this.stopper.follow(ports.signal)];
  }

  /** Registers `end` to be called when the run ends. The last one registered is called first. */
  onEnd(end: () => void): void {
    this.#watches.push(end);
  }

  /** From here on nothing stops the run; only the summary is left to do. */
  end(): void {
    for (const end of this.#watches.splice(0).reverse()) end();
  }
}
