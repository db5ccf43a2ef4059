import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** As many as one run uses: one per core, and one that resolves paths. */
const MOST_IDLE = availableParallelism() + 1;

/** Without its user's listeners. Without those of Node (`removeAllListeners()` of all events) messages would stop. */
function forget(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}

/**
 * Reading threads that nobody uses at present. To start one takes as long as to hash tens of megabytes, so a process
 * that reads for one run after another (a worker, `recovery` with its undo) starts them once.
 */
class IdleThreads {
  readonly #idle: { script: string; worker: Worker }[] = [];

  /** One of them, or a new one if there is none. */
  take(script: URL): Worker {
    const at = this.#idle.findIndex((idle) => idle.script === script.href);
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (found === undefined) return new Worker(script);
    forget(found.worker);
    found.worker.ref();
    return found.worker;
  }

  /** Only a thread that has answered everything: an answer that comes later would be taken for another's. */
  async giveBack(script: URL, worker: Worker): Promise<void> {
    forget(worker);
    const surplus = this.#idle.length < MOST_IDLE ? undefined : this.#idle.shift();
    const idle = { script: script.href, worker };
    const remove = (): void => {
      const at = this.#idle.indexOf(idle);
      if (at >= 0) this.#idle.splice(at, 1);
    };
    worker.on('exit', remove).on('error', remove);
    // The process ends without waiting for it.
    worker.unref();
    this.#idle.push(idle);
    await surplus?.worker.terminate();
  }
}

export const idleThreads = new IdleThreads();
