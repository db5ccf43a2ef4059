import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import type { Files } from '../../../files/port.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import type { JournalEntry } from '../../../registry/journal/journal-port.js';
import type { UndoFiles } from '../../../registry/journal/undo-files-port.js';
import type { FileTodo, FileTodos, NewTodo } from '../../../registry/recovery/file-todos-port.js';
import { unsafe } from '../apply/destination.js';
import { fileAt, moveFile, nodeAt, removeOwnPlaceholder } from '../apply/place/files.js';
import { QUARANTINE } from '../apply/place/open-directory.js';
import { standInAt } from '../apply/place/stand-in-place.js';
import { type BoundFile, boundFileOf, directionOf } from './bound-file.js';
import { freeName, keptNames, keptStandIn, quarantineName } from './kept-names.js';
import { moveAway, putStandInBack } from './move-files.js';
import { otherOwners } from './shared-files.js';

export interface UndoFilePorts {
  artifacts: ArtifactReader;
  todos: FileTodos;
  /** The directory for recovered files; undefined if no root is configured anymore. */
  destination: string | undefined;
  /** Opened only if there is a file to move. */
  files: () => Promise<Files>;
  onFinding: (finding: Finding) => void;
}

interface Prepared {
  entry: Pick<JournalEntry, 'id' | 'artifactId'>;
  /** The effect of undoing the entry on the file. */
  kind: 'quarantine' | 'bring_back';
  todo: string;
  root: string;
  path: string;
  kept: string;
  sha256: string | undefined;
  standInKept: string | null;
}

/**
 * Moves the file of an undone bind to the quarantine if no other row resolves to it and its content is unchanged. If
 * that undo is undone, checks its digest and restores it. Never deletes anything.
 */
export class RecoveredFiles implements UndoFiles {
  readonly #prepared = new Map<string, Prepared>();
  /** Files of binds that were undone, by entry: they are moved away together. */
  readonly #moving = new Map<string, Prepared>();
  readonly #ports: UndoFilePorts;

  constructor(ports: UndoFilePorts) {
    this.#ports = ports;
  }

  async prepare(entries: readonly JournalEntry[]): Promise<ReadonlyMap<string, string>> {
    const refusals = new Map<string, string>();
    const concerned = entries.filter((entry) => directionOf(entry) !== undefined);
    if (concerned.length === 0) return refusals;
    // A file that is to be moved away may have the place that another one comes back to.
    if (concerned.some((entry) => directionOf(entry) === 'unbinds')) await this.finish();
    const history = await this.#ports.todos.closed(concerned.map((entry) => entry.artifactId));
    for (const entry of concerned) {
      const refusal = await this.#prepareOne(entry, history);
      if (refusal !== undefined) refusals.set(entry.id, refusal);
    }
    return refusals;
  }

  async conclude(entries: readonly JournalEntry[], undone: ReadonlySet<string>): Promise<void> {
    const mine = entries.flatMap((entry) => this.#prepared.get(entry.id) ?? []);
    for (const one of mine) {
      this.#prepared.delete(one.entry.id);
      if (one.kind === 'bring_back') await this.#endBringBack(one, undone.has(one.entry.id));
      else if (undone.has(one.entry.id)) this.#moving.set(one.entry.id, one);
      else await this.#ports.todos.close(one.todo, 'reverted', 'the bind was not undone');
    }
  }

  async finish(): Promise<void> {
    const moving = [...this.#moving.values()];
    this.#moving.clear();
    const owned = await this.#ownersOf(moving);
    for (const one of moving) await this.#endQuarantine(one, owned.get(one.entry.id));
  }

  /**
   * For the to-dos of killed undos: returns a function that moves the file of one of them to the quarantine and
   * returns why it was left, or undefined. Resolves the paths of all rows at most once.
   */
  quarantineOf(pending: readonly FileTodo[]): (todo: FileTodo) => Promise<string | undefined> {
    let owners: Promise<ReadonlyMap<string, string>> | undefined;
    const ownerOf = async (todo: FileTodo): Promise<string | undefined> => {
      owners ??= otherOwners(
        pending
          .filter(({ kind }) => kind === 'quarantine')
          .map(({ id, artifactId, root, path }) => ({ key: id, artifactId, root, path })),
        this.#ports,
      );
      return (await owners).get(todo.id);
    };
    return (todo) => this.#completeQuarantine(todo, ownerOf);
  }

  async #completeQuarantine(
    todo: FileTodo,
    ownerOf: (todo: FileTodo) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { root, path, kept, sha256 } = todo;
    const isMoved = kept !== null && (await fileAt(root, kept))?.sha256 === sha256;
    if (isMoved && (await nodeAt(root, path))?.inode === (await nodeAt(root, kept))?.inode) {
      await moveFile(root, path, kept);
    } else if (!isMoved) {
      if (kept !== null) await removeOwnPlaceholder(root, kept);
      const reason = (await ownerOf(todo)) ?? (await moveAway(root, path, kept, sha256));
      if (reason !== undefined) return reason;
    }
    const standIn = keptStandIn(await this.#ports.todos.closed([todo.artifactId]), todo.artifactId);
    const there = await nodeAt(root, path);
    // Without hard links, a killed move of the stand-in leaves an empty file at the path.
    if (standIn !== null && there?.isFile === true && there.sizeBytes === 0)
      await moveFile(root, path, await freeName(root, `${QUARANTINE}/placeholder-${todo.id}`));
    await putStandInBack(root, path, standIn);
    return undefined;
  }

  async #prepareOne(entry: JournalEntry, history: readonly FileTodo[]): Promise<string | undefined> {
    const bound = boundFileOf(entry);
    const place = await this.#placeOf(entry, bound, history);
    if (directionOf(entry) === 'binds') {
      if ('reason' in place) {
        this.#left(entry, place.reason);
        return undefined;
      }
      await this.#prepareQuarantine(entry, bound, place, history);
      return undefined;
    }
    if ('reason' in place) return `its file cannot be restored: ${place.reason}`;
    return this.#prepareBringBack(entry, bound, place, history);
  }

  async #prepareQuarantine(
    entry: JournalEntry,
    bound: BoundFile,
    { root, path }: Place,
    history: readonly FileTodo[],
  ): Promise<void> {
    const kept = await freeName(root, quarantineName(entry.id, path));
    const [todo = ''] = await this.#ports.todos.open([
      intentOf(entry, { kind: 'quarantine', root, path, draft: null, kept, sha256: bound.sha256 ?? null }),
    ]);
    const standInKept = keptStandIn(history, entry.artifactId);
    this.#prepared.set(entry.id, {
      entry: { id: entry.id, artifactId: entry.artifactId },
      kind: 'quarantine',
      todo,
      root,
      path,
      kept,
      sha256: bound.sha256,
      standInKept,
    });
  }

  /** Restores the file before the row is changed, so that a row never refers to a file that does not exist. */
  async #prepareBringBack(
    entry: JournalEntry,
    bound: BoundFile,
    { root, path }: Place,
    history: readonly FileTodo[],
  ): Promise<string | undefined> {
    const there = await fileAt(root, path);
    if (there !== undefined && there.sha256 === bound.sha256) return undefined;
    const standIn = await standInAt(root, path);
    if (standIn === undefined && (await nodeAt(root, path)) !== undefined)
      return `another file exists at ${path} and was not replaced`;
    const kept = keptNames(entry, path, history);
    for (const draft of kept) {
      const file = await fileAt(root, draft);
      if (file === undefined) continue;
      if (file.sha256 !== bound.sha256) return `the file at ${draft} is not the one that was bound`;
      const standInKept =
        standIn === undefined ? null : await freeName(root, `${QUARANTINE}/stand-in-${entry.id}`);
      const intent = intentOf(entry, {
        kind: 'bring_back',
        root,
        path,
        draft,
        kept: standInKept,
        sha256: file.sha256,
      });
      const [todo = ''] = await this.#ports.todos.open([intent]);
      await this.#ports.todos.arm({ id: todo, inode: file.inode, sha256: file.sha256, change: null });
      const one: Prepared = {
        entry,
        kind: 'bring_back',
        todo,
        root,
        path,
        kept: draft,
        sha256: file.sha256,
        standInKept,
      };
      try {
        if (standInKept !== null) await moveFile(root, path, standInKept);
        await moveFile(root, draft, path);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await this.#revertBringBack(one);
        return error.message;
      }
      this.#prepared.set(entry.id, one);
      return undefined;
    }
    return `its file is no longer in ${QUARANTINE} (searched for ${kept.join(', ')})`;
  }

  async #endBringBack(one: Prepared, isUndone: boolean): Promise<void> {
    if (!isUndone) {
      await this.#revertBringBack(one);
      return;
    }
    await this.#ports.todos.close(one.todo, 'done', null);
    this.#report(one.entry, 'bind.brought_back', 'info', `restored its file from ${one.kept}`);
  }

  async #revertBringBack(one: Prepared): Promise<void> {
    if ((await fileAt(one.root, one.path))?.sha256 === one.sha256)
      await moveFile(one.root, one.path, one.kept);
    await putStandInBack(one.root, one.path, one.standInKept);
    await this.#ports.todos.close(one.todo, 'reverted', 'the row was not changed');
  }

  async #endQuarantine(one: Prepared, owner: string | undefined): Promise<void> {
    const reason = owner ?? (await moveAway(one.root, one.path, one.kept, one.sha256 ?? null));
    if (reason === undefined) await putStandInBack(one.root, one.path, one.standInKept);
    await this.#ports.todos.close(one.todo, reason === undefined ? 'done' : 'left', reason ?? null);
    if (reason !== undefined) {
      this.#left(one.entry, reason);
      return;
    }
    this.#report(one.entry, 'bind.quarantined', 'info', `moved its file to ${one.kept}`);
  }

  #ownersOf(moving: readonly Prepared[]): Promise<ReadonlyMap<string, string>> {
    if (moving.length === 0) return Promise.resolve(new Map());
    const files = moving.map(({ entry, root, path }) => ({
      key: entry.id,
      artifactId: entry.artifactId,
      root,
      path,
    }));
    return otherOwners(files, this.#ports);
  }

  /** Where a bind placed its file: according to its to-do, otherwise by the row's path. */
  async #placeOf(
    entry: JournalEntry,
    bound: BoundFile,
    history: readonly FileTodo[],
  ): Promise<Place | { reason: string }> {
    const known = history.find(
      (todo) =>
        todo.artifactId === entry.artifactId && todo.sha256 === bound.sha256 && todo.state !== 'reverted',
    );
    if (known !== undefined) return { root: known.root, path: known.path };
    const { destination } = this.#ports;
    if (destination === undefined) return { reason: 'no root is configured' };
    const [row] = await this.#ports.artifacts.read([entry.artifactId]);
    const path = bound.path ?? row?.path ?? undefined;
    if (path === undefined) return { reason: 'its location is not recorded' };
    const relative = path.startsWith(`${destination}/`) ? path.slice(destination.length + 1) : path;
    if (unsafe(relative) !== undefined) return { reason: 'no file could have been placed at its path' };
    return { root: destination, path: relative };
  }

  #left(entry: Prepared['entry'], reason: string): void {
    this.#report(entry, 'bind.file_left', 'warning', `its file was not moved: ${reason}`);
  }

  #report(entry: Prepared['entry'], code: string, severity: Finding['severity'], message: string): void {
    this.#ports.onFinding({ code, severity, subject: entry.artifactId, message });
  }
}

interface Place {
  root: string;
  path: string;
}

function intentOf(
  { artifactId, runId, id: entryId }: JournalEntry,
  move: Pick<NewTodo, 'kind' | 'root' | 'path' | 'draft' | 'kept' | 'sha256'>,
): NewTodo {
  return { ...move, artifactId, runId, entryId, standInSha256: null, byScript: false };
}
