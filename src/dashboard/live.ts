import type { LiveRun } from './api/runs.js';

/** How often the runs are polled while somebody watches. Without watchers they are not polled. */
const POLL_MS = 2000;
/** More than any team needs; each watcher holds a connection open. */
const MAX_WATCHERS = 100;

export type LiveMessage = { runs: LiveRun[] } | { failed: string };
type Watcher = (message: LiveMessage) => void;

/** Polls the running runs once for all watchers, and notifies them of changes. */
export class LiveRuns {
  readonly #watchers = new Set<Watcher>();
  #polling = false;
  #last: { message: LiveMessage; text: string } | undefined;
  readonly #read: () => Promise<LiveRun[]>;

  constructor(read: () => Promise<LiveRun[]>) {
    this.#read = read;
  }

  get full(): boolean {
    return this.#watchers.size >= MAX_WATCHERS;
  }

  /** Calls `watcher` with the current state and after every change, until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#last !== undefined) watcher(this.#last.message);
    if (!this.#polling) void this.#poll();
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#watchers.size > 0) {
      const message = await this.#read().then(
        (runs): LiveMessage => ({ runs }),
        // A watcher only needs to know that what it shows is out of date.
        (): LiveMessage => ({ failed: 'the registry cannot be read' }),
      );
      this.#notify(message);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS).unref());
    }
    this.#polling = false;
    this.#last = undefined;
  }

  #notify(message: LiveMessage): void {
    const text = JSON.stringify(message);
    if (text === this.#last?.text) return;
    this.#last = { message, text };
    for (const watcher of this.#watchers) watcher(message);
  }
}
