import type { Worker } from 'node:worker_threads';
import { idleThreads } from './idle-threads.js';
import type { Request, Task, WorkerSettings } from './worker-protocol.js';

/** What is to be read for a message. */
interface Load {
  files: number;
  bytes: number;
}

interface Exchange {
  load: Load;
  resolve(answers: unknown[]): void;
  reject(error: Error): void;
}

/**
 * One worker thread and its unanswered messages. It starts with the first request and answers in order. If the thread
 * dies (from a bug or lack of memory), all current and later requests fail.
 */
export class ReadingThread {
  readonly #script: URL;
  readonly #settings: WorkerSettings;
  #worker: Worker | undefined;
  readonly #waiting: Exchange[] = [];
  #dead: Error | undefined;

  constructor(script: URL, settings: WorkerSettings) {
    this.#script = script;
    this.#settings = settings;
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** All that is not answered yet. */
  get load(): Load & { messages: number } {
    const sum = { messages: this.#waiting.length, files: 0, bytes: 0 };
    for (const { load } of this.#waiting) {
      sum.files += load.files;
      sum.bytes += load.bytes;
    }
    return sum;
  }

  ask<T>(task: Task, load: Load = { files: 0, bytes: 0 }): Promise<T[]> {
    if (this.#dead) return Promise.reject(this.#dead);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise<T[]>((resolve, reject) => {
      this.#waiting.push({ load, resolve: (answers) => resolve(answers as T[]), reject });
      worker.postMessage(task satisfies Request);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    const canServeOthers = this.#dead === undefined && this.#waiting.length === 0;
    this.#die(new Error('a reading thread is closed'));
    if (worker === undefined) return;
    this.#worker = undefined;
    if (canServeOthers) await idleThreads.giveBack(this.#script, worker);
    else await worker.terminate();
  }

  #start(): Worker {
    const worker = idleThreads.take(this.#script);
    worker.on('message', (answers: unknown[]) => this.#waiting.shift()?.resolve(answers));
    worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#die(new Error('a reading thread ended unexpectedly')));
    worker.postMessage({ kind: 'settings', settings: this.#settings } satisfies Request);
    return worker;
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const exchange of this.#waiting.splice(0)) exchange.reject(this.#dead);
  }
}
