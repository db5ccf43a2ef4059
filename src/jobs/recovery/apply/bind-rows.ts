import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { Failure } from '../../../core/failure.js';
import type { ArtifactChange, ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { NewTodo } from '../../../registry/recovery/file-todos-port.js';
import { basenameOf } from '../evidence/expected.js';
import { decisionSince } from '../plan/basis.js';
import type { PlanCandidate, PlanDocument, PlanRow } from '../plan/plan-document.js';
import type { Extraction, Hit, Wanted } from '../source-port.js';
import type { ApplyOptions, ApplyPorts } from './apply-options.js';
import type { ApplyTally } from './apply-tally.js';
import { bindChange, serializeChange } from './binding.js';
import { QUARANTINE } from './place/open-directory.js';
import { Placement, type PlaceTarget } from './place/placement.js';
import { objectionTo } from './prove.js';

/** One row to be bound: what the plan says, and how the row is now. */
export interface Task {
  row: PlanRow;
  candidate: PlanCandidate;
  artifact: ArtifactRow;
}

/**
 * Brings the files of all tasks: those that were read while planning out of the cache, the others out of their
 * sources, each archive in one pass; and binds each as soon as it is proven.
 */
export async function bindRows(
  tasks: readonly Task[],
  plan: PlanDocument,
  options: ApplyOptions,
  ports: ApplyPorts,
  tally: ApplyTally,
): Promise<void> {
  const left: Task[] = [];
  for (const task of tasks) {
    ports.signal.throwIfAborted();
    const { sha256 } = task.candidate;
    const cached = task.candidate.cached && sha256 !== null && (await ports.cache.has(sha256));
    if (!cached) {
      left.push(task);
      continue;
    }
    const binding = new Binding([task], plan, options, ports, tally);
    try {
      await binding.intend();
      await binding.fromCache(task, sha256);
    } finally {
      await binding.close();
    }
  }
  for (const source of ports.sources) {
    const own = left.filter((task) => task.candidate.source === source.name);
    if (own.length === 0) continue;
    const binding = new Binding(own, plan, options, ports, tally);
    try {
      await binding.intend();
      const summary = await source.extract(own.map(wantedOf), binding.open, binding.take, ports.signal);
      tally.bytesFetched += summary.bytesFetched;
      tally.archivesRead += summary.archivesRead.length;
    } finally {
      await binding.close();
    }
  }
  const known = new Set(ports.sources.map((source) => source.name));
  for (const task of left) {
    if (!known.has(task.candidate.source)) {
      tally.refuse(
        task.row,
        'source.unknown',
        `its source is not configured any more: ${task.candidate.source}`,
      );
    }
  }
}

function wantedOf({ row, candidate }: Task): Wanted {
  const only =
    row.trusted_sha256.length === 1 && row.confidence !== 'approved' ? row.trusted_sha256[0] : undefined;
  const sha256 = candidate.sha256 ?? only;
  return { id: row.id, hit: hitOf(candidate), ...(sha256 === undefined ? {} : { sha256 }) };
}

/** The hit that the plan was made from, as far as a source needs it to find the bytes. */
export function hitOf(one: PlanCandidate): Hit {
  return {
    source: one.source,
    kind: one.kind,
    object: one.object,
    ...(one.version === null ? {} : { version: one.version }),
    member: one.member,
    paths: one.paths,
    ...(one.size_bytes === null ? {} : { sizeBytes: one.size_bytes }),
    ...(one.sha256 === null ? {} : { sha256: one.sha256 }),
    age: 0,
    locator: one.locator,
  };
}

/** The tasks of one source while they are worked on. */
class Binding {
  readonly #byId: Map<string, Task>;
  readonly #placements = new Map<string, Placement>();
  /** By artifact: to-dos that are not closed yet. */
  readonly #todos = new Map<string, string>();
  readonly #plan: PlanDocument;
  readonly #options: ApplyOptions;
  readonly #ports: ApplyPorts;
  readonly #tally: ApplyTally;

  constructor(
    tasks: readonly Task[],
    plan: PlanDocument,
    options: ApplyOptions,
    ports: ApplyPorts,
    tally: ApplyTally,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#ports = ports;
    this.#tally = tally;
    this.#byId = new Map(tasks.map((task) => [task.row.id, task]));
  }

  /** Records what is going to happen to files, before anything does. */
  async intend(): Promise<void> {
    const tasks = [...this.#byId.values()];
    for (let at = 0; at < tasks.length; at += TODO_BATCH) {
      const batch = tasks.slice(at, at + TODO_BATCH);
      const ids = await this.#ports.todos.open(batch.map((task) => this.#todoOf(task)));
      for (const [i, { row }] of batch.entries()) this.#todos.set(row.id, ids[i] ?? '');
    }
  }

  readonly open = (wanted: Pick<Wanted, 'id'>): Placement => {
    const task = this.#byId.get(wanted.id);
    const target = this.#targetOf(wanted.id, task?.row);
    const placement = new Placement(target);
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
      await this.#refuse(task, code, message);
      return;
    }
    try {
      await this.#bind(task, placement, outcome);
    } catch (error) {
      // One row's trouble; a registry that is gone is everybody's, and its to-do stays for the next command.
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
      for await (const chunk of createReadStream(this.#ports.cache.pathOf(sha256), {
        highWaterMark: 1024 * 1024,
      })) {
        await placement.write(chunk as Buffer);
      }
      const content = await placement.end();
      const verifiedBy = task.candidate.verified_by ?? 'none';
      await this.take({ id: task.row.id, ok: true, ...content, verifiedBy });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await this.take({ id: task.row.id, ok: false, code: error.code, message: error.message });
    }
  }

  /** Drafts of what was not finished are removed, and their to-dos closed. */
  async close(): Promise<void> {
    for (const placement of this.#placements.values()) await placement.abort();
    for (const [id, todo] of this.#todos) {
      if (this.#placing.has(id)) continue;
      await this.#ports.todos.close(todo, 'reverted', 'the run ended before it').catch(() => undefined);
    }
    this.#placements.clear();
  }

  /** Artifacts whose file may have its name already: only the next command can say what became of them. */
  readonly #placing = new Set<string>();

  async #bind(task: Task, placement: Placement, content: Extract<Extraction, { ok: true }>): Promise<void> {
    const { row, candidate } = task;
    const objection = objectionTo(
      row,
      candidate,
      { ...content, check: placement.check },
      this.#options.allowUnverified,
    );
    if (objection !== undefined) {
      await this.#refuse(task, objection.code, objection.message);
      return;
    }
    const decided = decisionSince(row.basis.decision, await this.#ports.recovery.decisions([row.id]));
    if (decided !== undefined) {
      await this.#refuse(task, decided.code, decided.message);
      return;
    }
    const todo = this.#todos.get(row.id) ?? '';
    const draft = placement.draftState;
    const change = this.#changeOf(task, content, draft.mtimeUs);
    await this.#ports.todos.arm({
      id: todo,
      inode: draft.inode,
      sha256: content.sha256,
      change: serializeChange(change),
    });
    this.#placing.add(row.id);
    const placed = await placement.place();
    const final = placed.already ? this.#changeOf(task, content, placed.mtimeUs) : change;
    if (await this.#commit(task, final, todo)) {
      if (placement.lacksGroup) this.#tally.warn(row, 'destination.group', groupNote(row));
      this.#tally.bound(row, content.sizeBytes);
      return;
    }
    await placement.withdraw();
    await this.#refuse(task, 'row.changed', 'the row was changed by others at the same time');
  }

  async #commit(task: Task, change: ArtifactChange, todo: string): Promise<boolean> {
    const { row } = task;
    const { todos, recovery, writer } = this.#ports;
    const isTogether = todos.sharesTransactions && !this.#options.byScript;
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
    if (!isTogether) await todos.close(todo, 'done', this.#options.byScript ? 'written to a script' : null);
    this.#todos.delete(row.id);
    return true;
  }

  #changeOf(
    { row, candidate, artifact }: Task,
    content: Extract<Extraction, { ok: true }>,
    mtimeUs: bigint,
  ): ArtifactChange {
    const { runId, actor } = this.#options;
    const verifiedBy = row.trusted_sha256.includes(content.sha256) ? 'sha256' : content.verifiedBy;
    return bindChange(
      artifact,
      row,
      candidate,
      { sizeBytes: content.sizeBytes, sha256: content.sha256, mtimeUs, verifiedBy },
      { plan: this.#plan, runId, actor, now: this.#ports.clock.now() },
    );
  }

  async #refuse({ row }: Task, code: string, message: string): Promise<void> {
    this.#tally.refuse(row, code, message);
    const todo = this.#todos.get(row.id);
    this.#todos.delete(row.id);
    if (todo !== undefined) await this.#ports.todos.close(todo, 'reverted', `${code}: ${message}`);
  }

  #targetOf(id: string, row: PlanRow | undefined): PlaceTarget {
    const { destination } = this.#plan;
    const standIn = row?.basis.stand_in;
    return {
      root: destination,
      relative: relative(destination, row?.destination ?? ''),
      draftName: draftName(this.#plan, id),
      access: this.#options.access,
      standIn:
        standIn === undefined ? undefined : { sha256: standIn, kept: keptPath(this.#options.runId, id) },
    };
  }

  #todoOf({ row }: Task): NewTodo {
    const target = this.#targetOf(row.id, row);
    const directory = target.relative.slice(0, target.relative.length - basenameOf(target.relative).length);
    return {
      kind: target.standIn === undefined ? 'place' : 'swap_stand_in',
      artifactId: row.id,
      runId: this.#options.runId,
      entryId: null,
      root: target.root,
      path: target.relative,
      draft: `${directory}${target.draftName}`,
      kept: target.standIn?.kept ?? null,
      standInSha256: target.standIn?.sha256 ?? null,
      sha256: null,
      byScript: this.#options.byScript,
    };
  }
}

/** Intents recorded in one statement. */
const TODO_BATCH = 1000;

/** Refusals that concern one row and are certain to have changed nothing. */
function isOneRows({ code }: Failure): boolean {
  const certain = ['row.changed', 'row.refused', 'row.side_effect', 'decision.changed'];
  return code.startsWith('destination.') || certain.includes(code);
}

function groupNote({ destination }: PlanRow): string {
  return `${destination ?? 'its file'} could not be given the group of its directory`;
}

/** The same for the same row and plan. */
function draftName(plan: PlanDocument, id: string): string {
  return `.salvor-${shortHash(plan.plan_id, id)}.part`;
}

/** Where a stand-in is kept: a name that only this row of this run has. */
function keptPath(runId: string, id: string): string {
  return `${QUARANTINE}/stand-in-${shortHash(runId, id)}`;
}

function shortHash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}
