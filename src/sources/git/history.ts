import { decodeName } from '../../archive/names.js';
import { printable } from '../../core/printable.js';
import { finished, spawnGit } from './run-git.js';

/** One version of a file in a commit. */
export interface Version {
  path: string;
  blob: string;
  commit: string;
  /** Seconds since the epoch. */
  committedAt: number;
  /** A symbolic link; its content is the target path. */
  link: boolean;
  /** The commit deleted the file; `blob` is its last content. */
  deleted: boolean;
}

const RAW = /^\n?:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([A-Z])/;
const REGULAR = new Set(['100644', '100755']);
const LINK = '120000';
const SUBMODULE = '160000';
/** Characters of an unexpected line that are shown. */
const MAX_SHOWN = 80;

/**
 * Parses the output of `git log --raw -z`: commits, each followed by the versions of the files that it changed. Regular
 * files only.
 */
export class HistoryReader {
  #carry = Buffer.alloc(0);
  #commit = '';
  #committedAt = 0;
  #change: RegExpExecArray | null = null;
  readonly #onVersion: (version: Version) => void;
  /** The path of a submodule. */
  readonly #onSubmodule: (path: string) => void;

  constructor(onVersion: (version: Version) => void, onSubmodule: (path: string) => void = () => undefined) {
    this.#onVersion = onVersion;
    this.#onSubmodule = onSubmodule;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#carry, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      this.#token(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#carry = Buffer.from(bytes.subarray(start));
  }

  #token(bytes: Buffer): void {
    if (this.#change !== null) {
      this.#version(this.#change, decodeName(bytes));
      this.#change = null;
      return;
    }
    const text = bytes.toString('latin1');
    const commit = /^\n?\x01([0-9a-f]{40,64}) (-?\d+)$/.exec(text);
    if (commit !== null) {
      this.#commit = commit[1] ?? '';
      this.#committedAt = Number(commit[2]);
      return;
    }
    this.#change = RAW.exec(text);
    // A form that is not understood may name a file: the history must not count as searched.
    if (this.#change === null && text.trim() !== '')
      throw new Error(`git log printed an unexpected line: ${printable(text.slice(0, MAX_SHOWN))}`);
  }

  #version(change: RegExpExecArray, path: string): void {
    const [, oldMode = '', newMode = '', oldBlob = '', newBlob = '', status] = change;
    const deleted = status === 'D';
    const mode = deleted ? oldMode : newMode;
    if (mode === SUBMODULE) this.#onSubmodule(path);
    const link = mode === LINK;
    if (!link && !REGULAR.has(mode)) return;
    const commit = this.#commit;
    const committedAt = this.#committedAt;
    this.#onVersion({ path, blob: deleted ? oldBlob : newBlob, commit, committedAt, deleted, link });
  }
}

/** Reads the whole history once, newest commit first: all branches, tags, the stash, and the reflog. */
export async function readHistory(
  repository: string,
  onVersion: (version: Version) => void,
  onSubmodule: (path: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawnGit(repository, [
    'log',
    '--all',
    '--reflog',
    '-m',
    '--encoding=UTF-8',
    '--root',
    '--date-order',
    '--raw',
    '-z',
    '--no-abbrev',
    '--no-renames',
    '--no-color',
    '--no-decorate',
    '--no-mailmap',
    '--no-ext-diff',
    '--no-textconv',
    // Overrides `diff.orderFile`, which may name any file.
    '-O/dev/null',
    '--ignore-submodules=none',
    '--format=%x01%H %ct',
  ]);
  child.stdin.end();
  const done = finished(child);
  // If the caller stops early, end git and ignore its exit code.
  done.catch(() => undefined);
  const reader = new HistoryReader(onVersion, onSubmodule);
  try {
    for await (const chunk of child.stdout) {
      signal?.throwIfAborted();
      reader.push(chunk);
    }
  } catch (error) {
    child.kill();
    throw error;
  }
  await done;
}
