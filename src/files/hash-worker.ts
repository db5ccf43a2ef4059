import { parentPort } from 'node:worker_threads';
import { ReadingTasks } from './reading-tasks.js';
import { SecondThread } from './second-thread.js';
import type { Request, Task } from './worker-protocol.js';

/** Fits in a core's L2 cache together with the hash state; larger buffers were not faster in measurements. */
const BUFFER_BYTES = 256 * 1024;

/** One reading thread: answers every task, in the order of the messages. It serves one run after another. */
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
let second: SecondThread | undefined;
let tasks: ReadingTasks | undefined;

/** Answers are sent in the order of the messages, even if one takes longer. */
let before: Promise<void> | undefined;

parentPort?.on('message', (request: Request) => {
  if (request.kind === 'settings') {
    tasks = new ReadingTasks(request.settings, { buffer, second: secondThread });
    return;
  }
  if (before === undefined) {
    const answers = answer(request);
    if (Array.isArray(answers)) parentPort?.postMessage(answers);
    else follow(answers);
  } else {
    follow(before.then(() => answer(request)));
  }
});

function secondThread(): SecondThread {
  second ??= new SecondThread(BUFFER_BYTES);
  return second;
}

function answer(task: Task): unknown[] | Promise<unknown[]> {
  if (tasks === undefined) throw new Error('a task came before the settings');
  return tasks.answer(task);
}

function follow(answers: Promise<unknown[]>): void {
  const posted = answers.then((values) => {
    parentPort?.postMessage(values);
    if (before === posted) before = undefined;
  });
  before = posted;
}
