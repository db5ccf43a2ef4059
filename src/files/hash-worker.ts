import { parentPort, workerData } from 'node:worker_threads';
import type { Answer } from './merge.js';
import type { ReadResult, SidecarDigest, SidecarRequest } from './port.js';
import { type Reader, readFile, systemCalls } from './read-file.js';
import { readPart } from './read-part.js';
import { locateIn, type OpenRoot } from './safe-open.js';
import { SecondThread } from './second-thread.js';
import { ReadBudget } from './shared-control.js';
import { SidecarReader } from './sidecars/sidecar-reader.js';
import type { HashItem, Task, WorkerSettings } from './worker-protocol.js';

/** One reading thread: processes tasks and answers each with an array in the order of its items. */
const settings = workerData as WorkerSettings;
let second: SecondThread | undefined;
const reader: Reader = {
  buffer: Buffer.allocUnsafeSlow(settings.bufferBytes),
  budget: new ReadBudget(settings.control),
  calls: systemCalls,
  second: () => {
    second ??= new SecondThread(settings.bufferBytes);
    return second;
  },
};

const sidecars = new SidecarReader(settings.sidecars);

/** Answers are sent in the order of the messages, even if one takes longer. */
let before: Promise<void> | undefined;

parentPort?.on('message', (task: Task) => {
  const answer = (): unknown[] | Promise<unknown[]> => {
    if (task.kind === 'locate') return task.items.map(locate);
    if (task.kind === 'sidecars') return task.items.map(digestsBeside);
    if (task.items.every(({ part }) => part === undefined)) return task.items.map(read);
    return inTurn(task.items);
  };
  if (before === undefined) {
    const answers = answer();
    if (Array.isArray(answers)) parentPort?.postMessage(answers);
    else follow(answers);
  } else {
    follow(before.then(answer));
  }
});

function follow(answers: Promise<unknown[]>): void {
  const posted = answers.then((values) => {
    parentPort?.postMessage(values);
    if (before === posted) before = undefined;
  });
  before = posted;
}

async function inTurn(items: readonly HashItem[]): Promise<ReadResult[]> {
  const results: ReadResult[] = [];
  for (const item of items) {
    const { file, algorithms, part } = item;
    results.push(
      part === undefined ? read(item) : await readPart(reader, file, rootAt(file.root), { algorithms, part }),
    );
  }
  return results;
}

function rootAt(index: number): OpenRoot {
  const root = settings.roots[index];
  if (!root) throw new Error(`no root ${index}`);
  return root;
}

function locate(item: { root: number; relative: string }): Answer {
  return locateIn(rootAt(item.root), item.root, item.relative);
}

function digestsBeside({ file, type }: SidecarRequest): SidecarDigest[] {
  return sidecars.digestsOf(file, type, rootAt(file.root));
}

function read({ file, algorithms }: HashItem): ReadResult {
  return readFile(reader, file, rootAt(file.root), algorithms);
}
