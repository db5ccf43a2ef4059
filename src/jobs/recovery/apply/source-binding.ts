import { Failure } from '../../../core/failure.js';
import type { ArtifactChange } from '../../../registry/artifacts/artifacts-port.js';
import type { CheckResult } from '../evidence/content/check.js';
import { contradicted } from '../evidence/recorded.js';
import { decisionSince } from '../plan/basis.js';
import { onRecord } from '../plan/on-record.js';
import type { PlanHead, PlanRow } from '../plan/plan-document.js';
import { rememberRead } from '../plan/remembered-reads.js';
import type { Extraction, Wanted } from '../source-port.js';
import type { ApplyOptions, ApplyPorts } from './apply-options.js';
import type { ApplyTally } from './apply-tally.js';
import { bindChange, serializeChange } from './binding.js';
import { Placement } from './place/placement.js';
import { placeTargetOf, todoOf } from './place-target.js';
import { plannedHit } from './planned-hit.js';
import { objectionTo } from './prove.js';
import type { Task } from './task.js';

/** Shared by all bindings of one apply. */
export interface ApplyContext {
  readonly plan: PlanHead;
  readonly options: ApplyOptions;
  readonly ports: ApplyPorts;
  readonly tally: ApplyTally;
}

/** To-dos recorded in one statement. */
const TODO_BATCH = 1000;

/** Processes the tasks of one source. */
export class SourceBinding {
  readonly #byId: Map<string, Task>;
  readonly #placements = new Map<string, Placement>();
  /** Open to-dos by artifact. */
  readonly #todos = new Map<string, string>();
  readonly #context: ApplyContext;

  constructor(tasks: readonly Task[], context: ApplyContext) {
    this.#context = context;
    this.#byId = new Map(tasks.map((task) => [task.row.id, task]));
  }

  /** Records the planned file changes before any of them happens. */
  async intend(): Promise<void> {
    const { plan, options, ports } = this.#context;
    const tasks = [...this.#byId.values()];
    for (let at = 0; at < tasks.length; at += TODO_BATCH) {
      const batch = tasks.slice(at, at + TODO_BATCH);
      const ids = await ports.todos.open(batch.map(({ row }) => todoOf(row, plan, options)));
      for (const [i, { row }] of batch.entries()) this.#todos.set(row.id, ids[i] ?? '');
    }
  }

  readonly open = (wanted: Pick<Wanted, 'id'>): Placement => {
    const task = this.#byId.get(wanted.id);
    if (task === undefined) throw new Error(`row ${wanted.id} was not requested`);
    const { plan, options } = this.#context;
    const algorithms = (onRecord(task.artifact)?.digests ?? []).map(({ algorithm }) => algorithm);
    const placement = new Placement({ ...placeTargetOf(task.row, plan, options), algorithms });
    this.#placements.set(wanted.id, placement);
    return placement;
  };

  readonly take = async (outcome: Extraction): Promise<void> => {
    const task = this.#byId.get(outcome.id);
    if (task === undefined) return;
    const placement = this.#placements.get(outcome.id);
    this.#placements.delete(outcome.id);
    if (!outcome.ok || placement === undefined) {
      await placement?.abort();
      const { code, message } = outcome.ok
        ? { code: 'candidate.changed', message: 'it was not read' }
        : outcome;
      if (code === 'candidate.changed' && task.candidate.kind !== 'archives')
        this.#context.ports.memory.forgetFiles();
      await this.#refuse(task, code, message);
      return;
    }
    try {
      await this.#bind(task, placement, outcome);
    } catch (error) {
      // This affects one row only. A registry failure affects all rows, and the to-do stays open for the next command.
      if (!(error instanceof Failure) || !isOneRows(error)) throw error;
      await placement.withdraw();
      await this.#refuse(task, error.code, error.message);
    } finally {
      await placement.abort();
    }
  };

  async fromCache(task: Task, sha256: string): Promise<void> {
    const placement = this.open({ id: task.row.id });
    try {
      for await (const chunk of this.#context.ports.cache.read(sha256)) await placement.write(chunk);
      const content = await placement.end();
      const verifiedBy = task.candidate.verified_by ?? 'none';
      await this.take({ id: task.row.id, ok: true, ...content, verifiedBy });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await this.take({ id: task.row.id, ok: false, code: error.code, message: error.message });
    }
  }

  /** Removes unfinished drafts and closes their to-dos. */
  async close(): Promise<void> {
    for (const placement of this.#placements.values()) await placement.abort();
    for (const [id, todo] of this.#todos) {
      if (this.#placing.has(id)) continue;
      await this.#context.ports.todos
        .close(todo, 'reverted', 'the run ended before this change')
        .catch(() => undefined);
    }
    this.#placements.clear();
  }

  /** Artifacts whose file may already have its final name. Only the next command can tell. */
  readonly #placing = new Set<string>();

  async #bind(task: Task, placement: Placement, content: Extract<Extraction, { ok: true }>): Promise<void> {
    const { row, candidate } = task;
    const objection = objectionTo(
      row,
      candidate,
      {
        ...content,
        check: placement.check,
        contradicted: contradicted(onRecord(task.artifact), placement.digests),
      },
      this.#context.options.allowUnverified,
    );
    if (objection !== undefined) {
      if (objection.code.startsWith('content.')) this.#remember(task, content, placement.check);
      await this.#refuse(task, objection.code, objection.message);
      return;
    }
    const decided = decisionSince(row.basis.decision, await this.#context.ports.recovery.decisions([row.id]));
    if (decided !== undefined) {
      await this.#refuse(task, decided.code, decided.message);
      return;
    }
    const todo = this.#todos.get(row.id) ?? '';
    const draft = placement.draftState;
    const change = this.#changeOf(task, content, draft.mtimeUs);
    await this.#context.ports.todos.arm({
      id: todo,
      inode: draft.inode,
      sha256: content.sha256,
      change: serializeChange(change),
    });
    this.#placing.add(row.id);
    const placed = await placement.place();
    const final = placed.already ? this.#changeOf(task, content, placed.mtimeUs) : change;
    if (await this.#commit(task, final, todo)) {
      if (placement.lacksGroup) this.#context.tally.warn(row, 'destination.group', groupNote(row));
      this.#context.tally.bound(row, content.sizeBytes);
      return;
    }
    await placement.withdraw();
    await this.#refuse(task, 'row.changed', 'another process changed the row at the same time');
  }

  /** The next plan knows what this content is, and does not propose it again. */
  #remember({ candidate }: Task, content: Extract<Extraction, { ok: true }>, check: CheckResult): void {
    const { sources, memory } = this.#context.ports;
    const source = sources.find(({ name }) => name === candidate.source);
    if (source === undefined) return;
    rememberRead(source, plannedHit(candidate), { ...content, check }, memory);
  }

  async #commit(task: Task, change: ArtifactChange, todo: string): Promise<boolean> {
    const { row } = task;
    const { todos, recovery, writer } = this.#context.ports;
    const isTogether = todos.sharesTransactions && !this.#context.options.byScript;
    const changed = await writer.commit({
      changes: [change],
      held: [],
      alongside: async (tx, ids) => {
        if (!ids.has(row.id)) return;
        const decided = decisionSince(row.basis.decision, await recovery.decisionsWithin(tx, row.id));
        if (decided !== undefined) throw new Failure(decided.code, decided.message, { exitCode: 1 });
        if (isTogether) await todos.close(todo, 'done', null, tx);
      },
    });
    if (!changed.has(row.id)) return false;
    if (!isTogether)
      await todos.close(todo, 'done', this.#context.options.byScript ? 'written to a script' : null);
    this.#todos.delete(row.id);
    return true;
  }

  #changeOf(task: Task, content: Extract<Extraction, { ok: true }>, mtimeUs: bigint): ArtifactChange {
    const { runId, actor } = this.#context.options;
    const verifiedBy = task.row.trusted_sha256.includes(content.sha256) ? 'sha256' : content.verifiedBy;
    return bindChange(
      task,
      { sizeBytes: content.sizeBytes, sha256: content.sha256, mtimeUs, verifiedBy },
      { plan: this.#context.plan, runId, actor, now: this.#context.ports.clock.now() },
    );
  }

  async #refuse({ row }: Task, code: string, message: string): Promise<void> {
    this.#context.tally.refuse(row, code, message);
    const todo = this.#todos.get(row.id);
    this.#todos.delete(row.id);
    if (todo !== undefined) await this.#context.ports.todos.close(todo, 'reverted', `${code}: ${message}`);
  }
}

/** Whether a failure affects only one row and certainly changed nothing. */
function isOneRows({ code }: Failure): boolean {
  const certain = ['row.changed', 'row.refused', 'row.side_effect', 'decision.changed'];
  return code.startsWith('destination.') || certain.includes(code);
}

function groupNote({ destination }: PlanRow): string {
  return `could not set the group of ${destination ?? 'its file'} to that of its directory`;
}
