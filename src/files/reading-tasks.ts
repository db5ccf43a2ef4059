import type { Answer } from './merge.js';
import type { ReadResult, SidecarDigest, SidecarRequest } from './port.js';
import { type Reader, readFile, systemCalls } from './read-file.js';
import { readPart } from './read-part.js';
import { locateIn, type OpenRoot } from './safe-open.js';
import { ReadBudget } from './shared-control.js';
import { SidecarReader } from './sidecars/sidecar-reader.js';
import type { HashItem, Task, WorkerSettings } from './worker-protocol.js';

/** Does the tasks of one run, with an array of answers in the order of the items of each. */
export class ReadingTasks {
  readonly #roots: readonly OpenRoot[];
  readonly #sidecars: SidecarReader;
  readonly #reader: Reader;

  constructor({ roots, control, sidecars }: WorkerSettings, ofThread: Pick<Reader, 'buffer' | 'second'>) {
    this.#roots = roots;
    this.#sidecars = new SidecarReader(sidecars);
    this.#reader = { ...ofThread, budget: new ReadBudget(control), calls: systemCalls };
  }

  answer(task: Task): unknown[] | Promise<unknown[]> {
    if (task.kind === 'locate') return task.items.map((item) => this.#locate(item));
    if (task.kind === 'sidecars') return task.items.map((item) => this.#digestsOf(item));
    if (task.items.every(({ part }) => part === undefined)) return task.items.map((item) => this.#read(item));
    return this.#inTurn(task.items);
  }

  async #inTurn(items: readonly HashItem[]): Promise<ReadResult[]> {
    const results: ReadResult[] = [];
    for (const item of items) {
      const { file, algorithms, part } = item;
      const root = this.#rootAt(file.root);
      results.push(
        part === undefined
          ? this.#read(item)
          : await readPart(this.#reader, file, root, { algorithms, part }),
      );
    }
    return results;
  }

  #locate({ root, relative }: { root: number; relative: string }): Answer {
    return locateIn(this.#rootAt(root), root, relative);
  }

  #digestsOf({ file, type }: SidecarRequest): SidecarDigest[] {
    return this.#sidecars.digestsOf(file, type, this.#rootAt(file.root));
  }

  #read({ file, algorithms }: HashItem): ReadResult {
    return readFile(this.#reader, file, this.#rootAt(file.root), algorithms);
  }

  #rootAt(index: number): OpenRoot {
    const root = this.#roots[index];
    if (!root) throw new Error(`no root ${index}`);
    return root;
  }
}
