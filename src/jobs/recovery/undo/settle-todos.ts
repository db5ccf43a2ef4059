import { hostname } from 'node:os';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import type { ArtifactReader, ArtifactWriter } from '../../../registry/artifacts/artifacts-port.js';
import type { FileTodo, FileTodos, TodoState } from '../../../registry/recovery/file-todos-port.js';
import type { RecoveryReader } from '../../../registry/recovery/recovery-port.js';
import { deserializeChange } from '../apply/binding.js';
import { fileAt, moveFile, nodeAt, removeDraft } from '../apply/place/files.js';
import { QUARANTINE } from '../apply/place/open-directory.js';
import { BASIS_KEYS, RECOVERED_FROM } from '../plan/basis.js';
import { putStandInBack } from './move-files.js';

export interface SettlePorts {
  todos: FileTodos;
  artifacts: ArtifactReader;
  writer: ArtifactWriter;
  recovery: Pick<RecoveryReader, 'decisionsWithin'>;
  onFinding: (finding: Finding) => void;
  /** Returns what moves the file of an undone bind, unless another row uses it; that returns why a file was left. */
  quarantineOf: (pending: readonly FileTodo[]) => (todo: FileTodo) => Promise<string | undefined>;
}

interface Settled {
  state: Exclude<TodoState, 'open'>;
  note: string;
}

/**
 * Completes or reverts the file changes of killed processes. Must run while no one else changes files
 * (`FileTodos.exclusively`) and before anything checks which files exist. What cannot be settled now stays open and is
 * reported as a finding.
 */
export async function settleTodos(ports: SettlePorts): Promise<void> {
  const pending = await ports.todos.pending();
  const quarantine = ports.quarantineOf(pending);
  for (const todo of pending) {
    const settled = await settle(todo, { ...ports, quarantine }).catch((error: unknown) => {
      if (error instanceof Failure && error.code.startsWith('destination.')) return error;
      throw error;
    });
    if (settled === undefined || settled instanceof Failure) {
      const reason = settled?.message ?? `it belongs to host ${todo.host}`;
      ports.onFinding(
        finding('todo.pending', 'warning', todo, `an interrupted file change is still open: ${reason}`),
      );
      continue;
    }
    await ports.todos.close(todo.id, settled.state, settled.note);
    ports.onFinding(
      finding('todo.settled', 'info', todo, `settled the file change of an interrupted run: ${settled.note}`),
    );
  }
}

function finding(code: string, severity: Finding['severity'], todo: FileTodo, message: string): Finding {
  return { code, severity, subject: todo.artifactId, message, detail: { todo: todo.id, path: todo.path } };
}

interface SettlingPorts extends SettlePorts {
  quarantine: (todo: FileTodo) => Promise<string | undefined>;
}

/** Undefined if only the host that owns the to-do can settle it. */
async function settle(todo: FileTodo, ports: SettlingPorts): Promise<Settled | undefined> {
  if (todo.host !== hostname() && !(await isHere(todo))) return undefined;
  switch (todo.kind) {
    case 'place':
    case 'swap_stand_in':
      return settlePlace(todo, ports);
    case 'quarantine':
      return settleQuarantine(todo, ports);
    case 'bring_back':
      return settleBringBack(todo, ports);
  }
}

/** Whether the exact file of another host's to-do is also on this host, because the root is shared. */
async function isHere(todo: FileTodo): Promise<boolean> {
  if (await isOurs(todo)) return true;
  const paths = [todo.draft, todo.kept].filter((path) => path?.startsWith(`${QUARANTINE}/`) === true);
  for (const path of paths) {
    if (path !== null && (await fileAt(todo.root, path))?.sha256 === todo.sha256) return true;
  }
  return false;
}

async function settlePlace(todo: FileTodo, ports: SettlePorts): Promise<Settled> {
  if (todo.draft !== null) await removeDraft(todo.root, todo.draft);
  const isPlaced = await isOurs(todo);
  if (isPlaced && todo.byScript) {
    return {
      state: 'left',
      note: 'its file is in place, but the script may not include the change that binds it',
    };
  }
  if (isPlaced && (await completeBind(todo, ports)))
    return { state: 'done', note: 'its file was in place and is now bound' };
  if (isPlaced) {
    const target = await freeQuarantineName(todo);
    await moveFile(todo.root, todo.path, target);
    const back = await standInBack(todo);
    return { state: 'reverted', note: `its row has changed, so its file was moved to ${target}${back}` };
  }
  await removePlaceholder(todo);
  return { state: 'reverted', note: `its file had not been placed${await standInBack(todo)}` };
}

/** Commits the recorded change under the same conditions as the original run. */
async function completeBind(todo: FileTodo, ports: SettlePorts): Promise<boolean> {
  if (todo.change === null) return false;
  const change = deserializeChange(todo.change);
  const [row] = await ports.artifacts.read([todo.artifactId], { keys: BASIS_KEYS });
  const planned = change.keys[RECOVERED_FROM] ?? null;
  const isBound = row?.metadata.kind === 'object' && row.metadata.keys[RECOVERED_FROM] !== null;
  if (
    isBound &&
    row.metadata.kind === 'object' &&
    sameText(row.metadata.keys[RECOVERED_FROM] ?? null, planned)
  )
    return true;
  try {
    const changed = await ports.writer.commit({
      changes: [change],
      held: [],
      alongside: async (tx, ids) => {
        if (!ids.has(todo.artifactId)) return;
        const decided = await ports.recovery.decisionsWithin(tx, todo.artifactId);
        const since = decided.filter((one) => one.at >= todo.openedAt);
        if (since.length > 0)
          throw new Failure('decision.changed', 'a person made a decision in the meantime');
      },
    });
    return changed.has(todo.artifactId);
  } catch (error) {
    const refusals = ['row.changed', 'row.refused', 'row.side_effect', 'decision.changed'];
    if (error instanceof Failure && refusals.includes(error.code)) return false;
    throw error;
  }
}

function sameText(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  return JSON.stringify(sorted(JSON.parse(a))) === JSON.stringify(sorted(JSON.parse(b)));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Moves the file of an undone bind to the quarantine if the row was undone: the process may have been killed before
 * that.
 */
async function settleQuarantine(todo: FileTodo, ports: SettlingPorts): Promise<Settled> {
  if (await isBoundTo(todo, ports))
    return { state: 'reverted', note: 'the bind had not been undone, so its file stays' };
  const reason = await ports.quarantine(todo);
  if (reason !== undefined) return { state: 'left', note: `its file was not moved: ${reason}` };
  return { state: 'done', note: `its file was moved to ${todo.kept ?? QUARANTINE}` };
}

/**
 * The file is restored before its row is changed. If the row was not changed, the file goes back to the quarantine.
 */
async function settleBringBack(todo: FileTodo, ports: SettlePorts): Promise<Settled> {
  if (await isBoundTo(todo, ports)) return { state: 'done', note: 'its file is back' };
  if (todo.draft === null || !(await isOurs(todo))) {
    await removePlaceholder(todo);
    return { state: 'reverted', note: `its file stays in the quarantine${await standInBack(todo)}` };
  }
  await moveFile(todo.root, todo.path, todo.draft);
  return { state: 'reverted', note: `its file was moved back to ${todo.draft}${await standInBack(todo)}` };
}

/** Whether the row is bound to the file of the to-do. */
async function isBoundTo(todo: FileTodo, ports: SettlePorts): Promise<boolean> {
  const [row] = await ports.artifacts.read([todo.artifactId], { keys: BASIS_KEYS });
  if (row?.metadata.kind !== 'object') return false;
  const { keys } = row.metadata;
  return (keys[RECOVERED_FROM] ?? null) !== null && keys.file_sha256 === JSON.stringify(todo.sha256);
}

/** Whether the file at the path is the one of the to-do: the same inode and content. */
async function isOurs(todo: FileTodo): Promise<boolean> {
  if (todo.inode === null) return false;
  const node = await nodeAt(todo.root, todo.path);
  if (node?.inode !== todo.inode) return false;
  return (await fileAt(todo.root, todo.path))?.sha256 === todo.sha256;
}

/**
 * Without hard links, an empty placeholder may be left if the process was killed before the rename. It is moved, not
 * deleted, because someone else may have created it.
 */
async function removePlaceholder(todo: FileTodo): Promise<void> {
  const node = await nodeAt(todo.root, todo.path);
  if (todo.inode === null || node === undefined || !node.isFile || node.sizeBytes > 0) return;
  await moveFile(todo.root, todo.path, await freeQuarantineName(todo));
}

async function standInBack({ root, path, kept, kind }: FileTodo): Promise<string> {
  if (kind === 'quarantine') return '';
  return (await putStandInBack(root, path, kept)) ? ', and its stand-in was restored' : '';
}

async function freeQuarantineName(todo: FileTodo): Promise<string> {
  for (let i = 0; ; i += 1) {
    const name = `${QUARANTINE}/todo-${todo.id}${i === 0 ? '' : `-${i}`}`;
    if ((await nodeAt(todo.root, name)) === undefined) return name;
  }
}
