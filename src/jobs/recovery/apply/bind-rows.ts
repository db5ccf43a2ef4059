import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { Failure } from '../../../core/failure.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PlanCandidate, PlanDocument, PlanRow } from '../plan/plan-document.js';
import type { Extraction, Hit, Wanted } from '../source-port.js';
import type { ApplyOptions, ApplyPorts } from './apply-options.js';
import type { ApplyTally } from './apply-tally.js';
import { bindChange } from './binding.js';
import { Placement } from './place/placement.js';
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
    if (cached) await new Binding([task], plan, options, ports, tally).fromCache(task, sha256);
    else left.push(task);
  }
  for (const source of ports.sources) {
    const own = left.filter((task) => task.candidate.source === source.name);
    if (own.length === 0) continue;
    const binding = new Binding(own, plan, options, ports, tally);
    try {
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
function hitOf(one: PlanCandidate): Hit {
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
  private readonly byId: Map<string, Task>;
  private readonly placements = new Map<string, Placement>();

  constructor(
    tasks: readonly Task[],
    private readonly plan: PlanDocument,
    private readonly options: ApplyOptions,
    private readonly ports: ApplyPorts,
    private readonly tally: ApplyTally,
  ) {
    this.byId = new Map(tasks.map((task) => [task.row.id, task]));
  }

  readonly open = (wanted: Pick<Wanted, 'id'>): Placement => {
    const destination = this.byId.get(wanted.id)?.row.destination ?? '';
    const placement = new Placement(
      this.plan.destination,
      relative(this.plan.destination, destination),
      draftName(this.plan, wanted.id),
    );
    this.placements.set(wanted.id, placement);
    return placement;
  };

  readonly take = async (outcome: Extraction): Promise<void> => {
    const task = this.byId.get(outcome.id);
    if (task === undefined) return;
    const placement = this.placements.get(outcome.id);
    this.placements.delete(outcome.id);
    if (!outcome.ok || placement === undefined) {
      await placement?.abort();
      const { code, message } = outcome.ok
        ? { code: 'candidate.changed', message: 'it was not read' }
        : outcome;
      this.tally.refuse(task.row, code, message);
      return;
    }
    try {
      await this.bind(task, placement, outcome);
    } catch (error) {
      // A file that can't be placed is one row's trouble; a registry that is gone is everybody's.
      if (!(error instanceof Failure) || !error.code.startsWith('destination.')) throw error;
      this.tally.refuse(task.row, error.code, error.message);
    } finally {
      await placement.abort();
    }
  };

  async fromCache(task: Task, sha256: string): Promise<void> {
    const placement = this.open({ id: task.row.id });
    try {
      for await (const chunk of createReadStream(this.ports.cache.pathOf(sha256), {
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

  /** Drafts of what was not finished are taken away. */
  async close(): Promise<void> {
    for (const placement of this.placements.values()) await placement.abort();
    this.placements.clear();
  }

  private async bind(
    task: Task,
    placement: Placement,
    content: Extract<Extraction, { ok: true }>,
  ): Promise<void> {
    const { row, candidate, artifact } = task;
    const objection = objectionTo(
      row,
      candidate,
      { ...content, check: placement.check },
      this.options.allowUnverified,
    );
    if (objection !== undefined) {
      this.tally.refuse(row, objection.code, objection.message);
      return;
    }
    const placed = await placement.place();
    const change = bindChange(
      artifact,
      row,
      candidate,
      {
        placed,
        sha256: content.sha256,
        verifiedBy: row.trusted_sha256.includes(content.sha256) ? 'sha256' : content.verifiedBy,
      },
      { plan: this.plan, runId: this.options.runId, actor: this.options.actor, now: this.ports.clock.now() },
    );
    const changed = await this.ports.writer.commit({ changes: [change], held: [] });
    if (changed.has(artifact.id)) {
      this.tally.bound(row, content.sizeBytes);
      return;
    }
    await placement.withdraw();
    this.tally.refuse(row, 'row.changed', 'the row was changed by others at the same time');
  }
}

/** The same for the same row and plan: what a killed run left is found and taken away. */
function draftName(plan: PlanDocument, id: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([plan.plan_id, id]))
    .digest('hex');
  return `.salvor-${hash.slice(0, 24)}.part`;
}
