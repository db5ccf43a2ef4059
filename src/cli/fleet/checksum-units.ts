import { Failure } from '../../core/failure.js';
import type { Files, Root } from '../../files/port.js';
import { checkRoot } from '../../files/root-check.js';
import { rootDifference } from '../../files/root-world.js';
import { openFiles } from '../../files/thread-pool.js';
import { processUnit, type UnitRows } from '../../jobs/checksums/distributed/process-unit.js';
import type { RecordedRows } from '../../jobs/checksums/distributed/unit-results.js';
import type { ChecksumOptions, ChecksumPorts } from '../../jobs/checksums/options.js';
import { canonicalJson } from '../../queue/canonical.js';
import { DatabaseClock } from '../../queue/database-clock.js';
import type { Claim } from '../../queue/port.js';
import type { UnitHandler, UnitSlot } from '../../queue/worker-loop.js';
import type { ArtifactWriter } from '../../registry/artifacts/artifacts-port.js';
import type { Database } from '../../registry/database.js';
import { PostgresPartialReads } from '../../registry/partial-reads.js';
import { artifactsNeeds, type ChecksumNeeds, type ChecksumPlan } from '../checksums/distribute.js';
import type { LoadedConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { type OpenedArtifacts, openConfiguredArtifacts, sidecarsOf } from '../wiring/artifacts.js';

/** Resources that all slots of the process share. */
export interface ChecksumWorker {
  loaded: LoadedConfig;
  flags: GlobalOptions;
  database: Database;
  say(message: string): void;
  /** Number of units processed at the same time. */
  concurrency: number;
}

/** How long the result of a root check is reused. Units check their roots themselves; this only avoids futile claims. */
const JUDGED_MS = 2000;
/** If the disk delivers no data for this long, it hangs, and the unit is left to another host. */
const STALLED_MS = 10 * 60_000;
/** Interval between clock comparisons; clocks drift by less than a millisecond in it. */
const CLOCK_MS = 30_000;

/** Units of `checksums backfill` and `checksums verify`. */
export class ChecksumUnits implements UnitHandler {
  readonly job = 'checksums';
  readonly #parts: ChecksumWorker;
  /** What this host lacks for a requirement, and when that was determined. */
  readonly #judged = new Map<string, { reason: string | undefined; atMs: number }>();

  constructor(parts: ChecksumWorker) {
    this.#parts = parts;
  }

  async lacks(needs: unknown): Promise<string | undefined> {
    const key = canonicalJson(needs);
    const before = this.#judged.get(key);
    if (before !== undefined && performance.now() - before.atMs < JUDGED_MS) return before.reason;
    const reason = await this.#lacks(needs as ChecksumNeeds);
    this.#judged.set(key, { reason, atMs: performance.now() });
    return reason;
  }

  slot(): UnitSlot {
    return new ChecksumSlot(this.#parts);
  }

  /** The roots must match this host's configuration by path and sentinel, and must be mounted. */
  async #lacks({ artifacts, roots, worlds }: ChecksumNeeds): Promise<string | undefined> {
    const { config } = this.#parts.loaded;
    if (canonicalJson(artifacts) !== canonicalJson(artifactsNeeds(config))) {
      return 'registry.table, columns, guard, digests or journal.mirror are configured differently on this host';
    }
    const own = new Set((config.roots ?? []).map(rootKey));
    const missing = roots.find((root) => !own.has(rootKey(root)));
    if (missing !== undefined)
      return `the root ${missing.path} is not served on this host, or is configured differently`;
    try {
      await Promise.all(roots.map(checkRoot));
      for (const [index, root] of roots.entries()) {
        const world = worlds[index];
        const difference = world ? await rootDifference(root, world) : undefined;
        if (difference !== undefined) return difference;
      }
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }
}

function rootKey({ path, sentinel, types, strip }: Root): string {
  return canonicalJson({ path, sentinel, types, strip });
}

/** Reuses its reading threads for all units. */
class ChecksumSlot implements UnitSlot {
  readonly #parts: ChecksumWorker;
  #files: { key: string; files: Files } | undefined;
  #artifacts: OpenedArtifacts | undefined;
  #clock: { clock: DatabaseClock; atMs: number } | undefined;

  constructor(parts: ChecksumWorker) {
    this.#parts = parts;
  }

  async work(claim: Claim, stop: AbortSignal): Promise<'done' | 'released'> {
    const plan = claim.options as ChecksumPlan;
    const files = await this.#filesFor((claim.needs as ChecksumNeeds).roots);
    const own = plan.bytesPerSecond === null ? undefined : plan.bytesPerSecond / this.#parts.concurrency;
    const clock = await this.#setClock();
    const options = optionsOf(claim, plan, clock.now());
    claim.onRate((share) => {
      options.bytesPerSecond = share ?? own;
      files.setRate(options.bytesPerSecond);
    });
    claim.keptWhile(() => files.bytesRead, STALLED_MS);
    try {
      const result = await processUnit(
        { ...(claim.payload as UnitRows), ids: openIds(claim) },
        {
          ...plan.terms,
          recheckBefore: plan.recheckBefore === null ? undefined : new Date(plan.recheckBefore),
        },
        options,
        await this.#ports(claim, plan, { files, clock }, AbortSignal.any([claim.over, stop])),
      );
      if (result === undefined) {
        await this.close();
        await claim.release();
        return 'released';
      }
      await claim.done(result);
      return 'done';
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#files?.files.close();
    this.#files = undefined;
    await this.#artifacts?.close();
    this.#artifacts = undefined;
  }

  async #filesFor(roots: readonly Root[]): Promise<Files> {
    const key = canonicalJson(roots);
    if (this.#files?.key === key) return this.#files.files;
    await this.#files?.files.close();
    const { config } = this.#parts.loaded;
    const files = await openFiles({
      roots,
      threads: config.checksums?.threads,
      sidecars: sidecarsOf(config),
    });
    this.#files = { key, files };
    return files;
  }

  async #setClock(): Promise<DatabaseClock> {
    const atMs = performance.now();
    if (this.#clock === undefined || atMs - this.#clock.atMs > CLOCK_MS) {
      this.#clock = { clock: await DatabaseClock.set(this.#parts.database), atMs };
    }
    return this.#clock.clock;
  }

  async #ports(
    claim: Claim,
    plan: ChecksumPlan,
    { files, clock }: Pick<ChecksumPorts, 'files' | 'clock'>,
    signal: AbortSignal,
  ): Promise<ChecksumPorts> {
    this.#artifacts ??= await openConfiguredArtifacts(
      this.#parts.loaded.config,
      this.#parts.flags,
      this.#parts.database,
    );
    const artifacts = this.#artifacts;
    return {
      artifacts: artifacts.reader,
      writer: plan.dryRun ? recordsOnly(this.#parts.database) : await artifacts.writer(),
      writes: !plan.dryRun,
      // The coordinator writes the run's single journal entry.
      noteVerified: async () => undefined,
      drift: artifacts.drift,
      files,
      parts: plan.dryRun ? undefined : new PostgresPartialReads(artifacts.ledger, artifacts.shape.table),
      clock,
      emit: (event) => {
        if (event.type === 'note' && event.level === 'warning') this.#parts.say(event.message);
      },
      signal,
      record: (tx, rows) => {
        const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
        const report: RecordedRows = { attempt: claim.attempt, rows: [...rows] };
        return claim.report(tx, report, { items: rows.length, bytes });
      },
    };
  }
}

/** The rows that no earlier attempt has recorded. */
function openIds({ payload, reports }: Claim): string[] {
  const recorded = new Set((reports as RecordedRows[]).flatMap(({ rows }) => rows.map(({ id }) => id)));
  return (payload as { ids: string[] }).ids.filter((id) => !recorded.has(id));
}

/** The coordinator handles thresholds and window; files that do not fit into the rest of the run are deferred here. */
function optionsOf(
  claim: Claim,
  plan: ChecksumPlan,
  now: Date,
): ChecksumOptions & { maxDurationMs?: number | undefined } {
  const { actor, batchRows, commitEveryMs, endsAt } = plan;
  return {
    maxDurationMs: endsAt === null ? undefined : Math.max(0, Date.parse(endsAt) - now.getTime()),
    runId: claim.runId,
    actor,
    batchRows,
    commitEveryMs,
    maxDrift: 0,
    maxErrors: 0,
    wait: false,
  };
}

/** In a dry run nothing is written, but the results are reported as if they were. */
function recordsOnly(database: Database): ArtifactWriter {
  return {
    commit: ({ changes, alongside }) =>
      database.transaction(async (tx) => {
        const changed = new Set(changes.map((change) => change.artifactId));
        await alongside?.(tx, changed);
        return changed;
      }),
  };
}
