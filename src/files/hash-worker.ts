import { parentPort } from 'node:worker_threads';
import { ReadingTasks, ThreadParts } from './reading-tasks.js';
import type { Request, Task } from './worker-protocol.js';

/** One reading thread: answers every task, in the order of the messages. */
const parts = new ThreadParts();
let tasks: ReadingTasks | undefined;

/** Answers are sent in the order of the messages, even if one takes longer. */
let before: Promise<void> | undefined;

parentPort?.on('message', (request: Request) => {
  if (request.kind === 'settings') {
    tasks = new ReadingTasks(request.settings, parts);
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
