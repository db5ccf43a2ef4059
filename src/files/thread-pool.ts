import { availableParallelism } from 'node:os';
import { programFile } from '../core/program-files.js';
import type { DigestAlgorithm } from '../core/recorded-digest.js';
import type { Candidate } from './candidate.js';
import { LinkedPaths } from './linked-path.js';
import { type Answer, mergeAnswers } from './merge.js';
import type {
  Files,
  FoundFile,
  LocateRequest,
  Location,
  PartRequest,
  ReadResult,
  Root,
  SidecarDigest,
  SidecarRequest,
} from './port.js';
import { ReadQueue } from './read-queue.js';
import { ReadingThread } from './reading-thread.js';
import { checkRoot, type RootIdentity, recheckRoot } from './root-check.js';
import { bytesReadSoFar, createControl, requestStop, setRate } from './shared-control.js';
import type { SidecarSource } from './sidecars/source.js';
import type { Task } from './worker-protocol.js';

/** One message in progress and one waiting, so that the thread is never idle while the main thread is busy. */
const MESSAGES_PER_THREAD = 2;
/** No message waits in a thread that has more than this to read: another thread may be free sooner. */
const PREFETCH_BYTES = 1 << 20;
/**
 * One more thread is started only if there is more than this to read for each that runs: to start one takes as long as
 * to hash tens of megabytes. The files are few, because on a network each of them may take milliseconds to open.
 */
const THREAD_FILES = 16;
const THREAD_BYTES = 8 << 20;
/** Paths per message. */
const LOCATE_ITEMS = 128;

/** Threads run compiled code, even if this file runs from source, as in tests. */
const COMPILED_WORKER = programFile('files/hash-worker.js');

export interface FilesOptions {
  roots: readonly Root[];
  /** Default: one per core. */
  threads?: number | undefined;
  /** For all threads together. Default: unlimited. */
  bytesPerSecond?: number | undefined;
  /** Where digests are stored next to the files. */
  sidecars?: readonly SidecarSource[] | undefined;
  /** The compiled worker, if it is not next to this file. */
  workerScript?: URL | undefined;
}

/**
 * Checks the roots, then starts the reading threads.
 * @throws Failure `root.unavailable`
 */
export async function openFiles(options: FilesOptions): Promise<Files> {
  const identities = await Promise.all(options.roots.map(checkRoot));
  return new ThreadPool(options, identities);
}

class ThreadPool implements Files {
  readonly roots: readonly Root[];
  readonly #identities: readonly RootIdentity[];
  readonly #control: SharedArrayBuffer;
  readonly #threads: ReadingThread[];
  /** Resolves paths, so that this never waits for a large file or the rate. */
  readonly #scout: ReadingThread;
  readonly #queue: ReadQueue;
  readonly #hasSidecars: boolean;
  #stopped = false;

  constructor(options: FilesOptions, identities: readonly RootIdentity[]) {
    this.roots = options.roots;
    this.#identities = identities;
    this.#control = createControl(options.bytesPerSecond);
    const settings = {
      roots: options.roots.map((root, i) => ({
        path: root.path,
        realPath: identities[i]?.realPath ?? Buffer.alloc(0),
      })),
      control: this.#control,
      sidecars: options.sidecars ?? [],
    };
    this.#hasSidecars = settings.sidecars.length > 0;
    const script = options.workerScript ?? COMPILED_WORKER;
    const count = options.threads ?? availableParallelism();
    this.#queue = new ReadQueue();
    this.#queue.setRate(options.bytesPerSecond);
    this.#scout = new ReadingThread(script, settings);
    this.#threads = Array.from({ length: count }, () => new ReadingThread(script, settings));
  }

  get bytesRead(): number {
    return bytesReadSoFar(this.#control);
  }

  async checkRoots(): Promise<void> {
    await Promise.all(
      this.roots.map((root, i) => {
        const before = this.#identities[i];
        return before === undefined ? undefined : recheckRoot(root, before);
      }),
    );
  }

  async locate(requests: readonly LocateRequest[]): Promise<Location[]> {
    const paths = new LinkedPaths(
      this.roots,
      this.#identities.map(({ realPath }) => realPath),
    );
    const candidates = await Promise.all(requests.map((request) => paths.candidatesFor(request)));
    const places = candidates.flatMap((c) => (c.kind === 'places' ? c.places : []));
    const answers = await this.#answers<Candidate, Answer>(places, (items) => ({ kind: 'locate', items }));
    let next = 0;
    return candidates.map((c) => {
      if (c.kind === 'refused') return { kind: 'outside_root', reason: c.reason };
      next += c.places.length;
      return mergeAnswers(answers.slice(next - c.places.length, next));
    });
  }

  async sidecars(requests: readonly SidecarRequest[]): Promise<readonly (readonly SidecarDigest[])[]> {
    if (!this.#hasSidecars || this.#stopped) return requests.map(() => []);
    return this.#answers(requests, (items) => ({ kind: 'sidecars', items }));
  }

  hash(
    file: FoundFile,
    algorithms: readonly DigestAlgorithm[] = [],
    part?: PartRequest,
  ): Promise<ReadResult> {
    if (this.#stopped) return Promise.resolve({ kind: 'stopped' });
    return new Promise((resolve, reject) => {
      this.#queue.push({ file, algorithms, part, resolve, reject });
      // Wait until the caller has requested all its files, so that small ones share a message.
      queueMicrotask(() => this.#feed());
    });
  }

  setRate(bytesPerSecond: number | undefined): void {
    setRate(this.#control, bytesPerSecond);
    this.#queue.setRate(bytesPerSecond);
  }

  stop(): void {
    this.#stopped = true;
    requestStop(this.#control);
    for (const read of this.#queue.takeAll()) read.resolve({ kind: 'stopped' });
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.all([this.#scout, ...this.#threads].map((thread) => thread.close()));
  }

  /** Asks the scout about all items, in messages of a limited size. */
  async #answers<Item, Reply>(items: readonly Item[], task: (part: Item[]) => Task): Promise<Reply[]> {
    const parts: Promise<Reply[]>[] = [];
    for (let i = 0; i < items.length; i += LOCATE_ITEMS)
      parts.push(this.#scout.ask<Reply>(task(items.slice(i, i + LOCATE_ITEMS))));
    return ([] as Reply[]).concat(...(await Promise.all(parts)));
  }

  #feed(): void {
    while (this.#queue.length > 0) {
      const thread = this.#freest();
      if (!thread) return;
      void this.#send(thread);
    }
  }

  /** Of the threads that run, and one more if there is enough to read for it, the one with the fewest messages. */
  #freest(): ReadingThread | undefined {
    const started = this.#threads
      .filter(({ isStarted }) => isStarted)
      .map((thread) => ({ thread, ...thread.load }));
    const files = started.reduce((sum, one) => sum + one.files, this.#queue.length);
    const bytes = started.reduce((sum, one) => sum + one.bytes, this.#queue.bytes);
    const isEnough = files > THREAD_FILES * started.length || bytes > THREAD_BYTES * started.length;
    const next = this.#threads[started.length];
    const least = Math.min(...started.map(({ messages }) => messages));
    if (next !== undefined && isEnough && least > 0) return next;
    if (least >= MESSAGES_PER_THREAD) return undefined;
    return started.find((one) => one.messages === least && one.bytes < PREFETCH_BYTES)?.thread;
  }

  async #send(thread: ReadingThread): Promise<void> {
    const reads = this.#queue.take(this.#threads.length * MESSAGES_PER_THREAD);
    try {
      const items = reads.map(({ file, algorithms, part }) => ({ file, algorithms, part }));
      const bytes = items.reduce((sum, { file }) => sum + file.identity.sizeBytes, 0);
      const results = await thread.ask<ReadResult>({ kind: 'hash', items }, { files: items.length, bytes });
      reads.forEach((read, i) => {
        read.resolve(results[i] ?? { kind: 'stopped' });
      });
    } catch (error) {
      for (const read of reads) read.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.#feed();
  }
}
