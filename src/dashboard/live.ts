import type { LiveRun } from './api/runs.js';

/** How often the table is looked at while somebody watches, and not at all otherwise. */
const LOOK_MS = 2000;
/** More people than any team; each holds a connection. */
const MAX_WATCHERS = 100;

export type LiveMessage = { runs: LiveRun[] } | { failed: string };
type Watcher = (message: LiveMessage) => void;

/** Looks at the running runs on behalf of all who watch, and tells them when something changed. */
export class LiveRuns {
  readonly #watchers = new Set<Watcher>();
  #looking = false;
  #last: { message: LiveMessage; text: string } | undefined;
  readonly #read: () => Promise<LiveRun[]>;

  constructor(read: () => Promise<LiveRun[]>) {
    this.#read = read;
  }

  get full(): boolean {
    return this.#watchers.size >= MAX_WATCHERS;
  }

  /** Tells the state as soon as it is known, and again with every change, until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#last !== undefined) watcher(this.#last.message);
    if (!this.#looking) void this.#look();
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#watchers.size > 0) {
      const message = await this.#read().then(
        (runs): LiveMessage => ({ runs }),
        // A watcher need only know that what it shows is not the present.
        (): LiveMessage => ({ failed: 'the registry can not be read' }),
      );
      this.#tell(message);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS).unref());
    }
    this.#looking = false;
    this.#last = undefined;
  }

  #tell(message: LiveMessage): void {
    const text = JSON.stringify(message);
    if (text === this.#last?.text) return;
    this.#last = { message, text };
    for (const watcher of this.#watchers) watcher(message);
  }
}
