import { Worker } from 'node:worker_threads';
import type { Task, WorkerSettings } from './worker-protocol.js';

interface Exchange {
  bytes: number;
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

  /** Number of unanswered messages. */
  get load(): number {
    return this.#waiting.length;
  }

  /** Number of bytes to read for them. */
  get loadBytes(): number {
    return this.#waiting.reduce((sum, exchange) => sum + exchange.bytes, 0);
  }

  ask<T>(task: Task, bytes = 0): Promise<T[]> {
    if (this.#dead) return Promise.reject(this.#dead);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise<T[]>((resolve, reject) => {
      this.#waiting.push({ bytes, resolve: (answers) => resolve(answers as T[]), reject });
      worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    if (this.#worker === undefined) this.#die(new Error('a reading thread is closed'));
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { workerData: this.#settings });
    worker.on('message', (answers: unknown[]) => this.#waiting.shift()?.resolve(answers));
    worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#die(new Error('a reading thread ended unexpectedly')));
    return worker;
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const exchange of this.#waiting.splice(0)) exchange.reject(this.#dead);
  }
}
