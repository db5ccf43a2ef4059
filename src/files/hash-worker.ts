import { parentPort, workerData } from 'node:worker_threads';
import type { Answer } from './merge.js';
import type { ReadResult } from './port.js';
import { type Reader, readFile, systemCalls } from './read-file.js';
import { locateIn, type OpenRoot } from './safe-open.js';
import { ReadBudget } from './shared-control.js';
import type { HashItem, Task, WorkerSettings } from './worker-protocol.js';

/** One reading thread: takes tasks, answers each with an array in the order of its items. */
const settings = workerData as WorkerSettings;
const reader: Reader = {
  buffer: Buffer.allocUnsafeSlow(settings.bufferBytes),
  budget: new ReadBudget(settings.control),
  calls: systemCalls,
};

parentPort?.on('message', (task: Task) => {
  parentPort?.postMessage(task.kind === 'locate' ? task.items.map(locate) : task.items.map(read));
});

function rootAt(index: number): OpenRoot {
  const root = settings.roots[index];
  if (!root) throw new Error(`no root ${index}`);
  return root;
}

function locate(item: { root: number; relative: string }): Answer {
  return locateIn(rootAt(item.root), item.root, item.relative);
}

function read({ file, algorithms }: HashItem): ReadResult {
  return readFile(reader, file, rootAt(file.root), algorithms);
}
