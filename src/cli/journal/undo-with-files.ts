import { randomUUID } from 'node:crypto';
import { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import type { Files } from '../../files/port.js';
import { openFiles } from '../../files/thread-pool.js';
import { settleTodos } from '../../jobs/recovery/undo/settle-todos.js';
import { RecoveredFiles } from '../../jobs/recovery/undo/undo-files.js';
import type { DriftDecision } from '../../registry/artifacts/artifacts-port.js';
import type { Database } from '../../registry/database.js';
import { PostgresJournal } from '../../registry/journal/journal.js';
import { type UndoOptions, type UndoSummary, undoJournal } from '../../registry/journal/undo.js';
import { PostgresFileTodos } from '../../registry/recovery/file-todos.js';
import { openRecovery } from '../../registry/recovery/recovery-reader.js';
import { endRejectedContent, noteRejectedContent } from '../../registry/runs/rejected-content.js';
import { PostgresRuns } from '../../registry/runs/runs.js';
import type { Config } from '../config/schema.js';
import { type OpenedArtifacts, tableOf } from '../wiring/artifacts.js';

export interface Undone {
  summary: UndoSummary;
  /** Entries that could not be undone. */
  refused: Finding[];
  /** The changes to files. */
  told: Finding[];
}

/** The to-dos of the configured table. */
export function fileTodosOf(opened: OpenedArtifacts, state: Database): PostgresFileTodos {
  return new PostgresFileTodos(state, opened.shape.table, opened.ledger === state);
}

/**
 * Undoes journal entries together with the files that binds placed. Unfinished changes of a killed process are completed
 * or reverted first.
 * @throws Failure `journal.unknown`, `run.locked` when a recovery is changing files
 */
export async function undoWithFiles(
  options: UndoOptions,
  opened: OpenedArtifacts,
  { state, config, scope }: { state: Database; config: Config; scope: string },
): Promise<Undone> {
  const refused: Finding[] = [];
  const told: Finding[] = [];
  const journal = new PostgresJournal(opened.ledger);
  const writer = await opened.writer();
  const todos = fileTodosOf(opened, state);
  const decisions: DriftDecision[] = [];
  const onFinding = (finding: Finding): number => told.push(finding);
  let opening: Promise<Files> | undefined;
  const moved = new RecoveredFiles({
    artifacts: opened.reader,
    todos,
    destination: config.recovery?.destination ?? config.roots?.[0]?.path,
    files: () => (opening ??= openFiles({ roots: config.roots ?? [], threads: 1 })),
    onFinding,
  });
  const undo = async (): Promise<UndoSummary> =>
    undoJournal(options, {
      runs: new PostgresRuns(state),
      journal,
      artifacts: opened.reader,
      writer,
      onRefused: (finding) => refused.push(finding),
      onDecision: (decision) => decisions.push(decision),
      files: moved,
      signal: new AbortController().signal,
    });
  const settle = async (): Promise<void> =>
    settleTodos({
      todos,
      artifacts: opened.reader,
      writer,
      recovery: await openRecovery(opened.database, tableOf(config), { state, ledger: opened.ledger }),
      onFinding,
      quarantineOf: (pending) => moved.quarantineOf(pending),
    });
  try {
    if (!(await movesFiles(options.target, journal))) {
      await settleUnlessBusy(todos, settle);
      const summary = await undo();
      await followDecisions(decisions, opened, { state, scope, undoId: options.runId });
      return { summary, refused, told };
    }
    const summary = await todos.exclusively(async () => {
      await settle();
      return undo();
    });
    await followDecisions(decisions, opened, { state, scope, undoId: options.runId });
    return { summary, refused, told };
  } finally {
    await (await opening?.catch(() => undefined))?.close();
  }
}

/**
 * Brings the findings about rejected content up to date at once: drift that is open again is a finding of its own, and
 * drift that is rejected again is known by its last read until the next run.
 */
async function followDecisions(
  decisions: readonly DriftDecision[],
  { drift }: OpenedArtifacts,
  { state, scope, undoId }: { state: Database; scope: string; undoId: string | null },
): Promise<void> {
  const reopened = decisions.filter(({ to }) => to === 'open').map(({ artifactId }) => artifactId);
  await endRejectedContent(state, scope, { artifactIds: reopened, undoId });
  for (const { driftId, to } of decisions) {
    const entry = to === 'rejected' ? await drift.get(driftId) : undefined;
    if (entry !== undefined)
      await noteRejectedContent(state, scope, { entry, decisionId: undoId ?? randomUUID() });
  }
}

/** What killed processes left is settled by every undo; one that moves no files does not wait for a recovery that runs. */
async function settleUnlessBusy(todos: PostgresFileTodos, settle: () => Promise<void>): Promise<void> {
  if ((await todos.pending()).length === 0) return;
  await todos.exclusively(settle).catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code !== 'run.locked') throw error;
  });
}

/** Whether a target has entries that placed or removed a file. */
async function movesFiles(target: UndoOptions['target'], journal: PostgresJournal): Promise<boolean> {
  if ('entryId' in target)
    return ['bind', 'undo'].includes((await journal.get(target.entryId))?.action ?? '');
  for (const action of ['bind', 'undo']) {
    if ((await journal.log({ runId: target.runId, action, limit: 1 })).length > 0) return true;
  }
  return false;
}
