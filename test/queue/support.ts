import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { QueueDistributor } from '../../src/queue/distributor.js';
import { installQueue } from '../../src/queue/install.js';
import type { Claim, EndedUnit, UnitDraft } from '../../src/queue/port.js';
import { QueueClient } from '../../src/queue/worker-client.js';
import type { Database } from '../../src/registry/database.js';
import type { ActiveRun } from '../../src/registry/port.js';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { runEnd, runStart } from '../registry/runs/support.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

export const nothing = { items: 0, bytes: 0 };

/** One run that is shared, in a database of its own, and the clients of whoever works on it. */
export class SharedRun {
  readonly ended: EndedUnit[] = [];
  readonly stop = new AbortController();
  readonly #clients: QueueClient[] = [];

  private constructor(
    readonly fresh: FreshDatabase,
    readonly registry: Registry,
    readonly run: ActiveRun,
    readonly distributor: QueueDistributor,
  ) {}

  static async open(bytesPerSecond?: number): Promise<SharedRun> {
    const fresh = await freshDatabase();
    const registry = await openRegistry(fresh.url);
    await installQueue(registry.database);
    const start = runStart({ id: randomUUID() });
    const run = await registry.runs.begin(start);
    const plan = { runId: start.id, job: 'test', options: { a: '\0' }, bytesPerSecond };
    const distributor = await QueueDistributor.open(registry.database, plan, () => undefined);
    return new SharedRun(fresh, registry, run, distributor);
  }

  /** Hands out `units` units. Await `done` for their end. */
  share(units: number): { done: Promise<void> } {
    const events = { ended: (unit: EndedUnit) => void this.ended.push(unit), waiting: () => undefined };
    const done = this.distributor.run(drafts(units), events, this.stop.signal);
    // Looked at later; it must not be an unhandled rejection until then.
    done.catch(() => undefined);
    return { done };
  }

  async client(name: string, database: Database = this.registry.database): Promise<QueueClient> {
    const opened = await QueueClient.open(database, name);
    this.#clients.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    this.stop.abort();
    for (const client of this.#clients) await client.close();
    await this.distributor.close();
    await this.run.finish(runEnd());
    await this.registry.close();
    await this.fresh.drop();
  }
}

async function* drafts(units: number): AsyncGenerator<UnitDraft> {
  for (let i = 0; i < units; i += 1) yield { needs: { disk: i % 2 }, about: `unit ${i}`, payload: { i } };
}

/** The next unit, of a disk where one is named. */
export async function take(from: QueueClient, disk?: number): Promise<Claim> {
  let claim: Claim | undefined;
  await expect
    .poll(
      async () => {
        for (const work of await from.open()) {
          if (disk !== undefined && (work.needs as { disk: number }).disk !== disk) continue;
          claim ??= await from.take(work);
        }
        return claim;
      },
      { interval: 20 },
    )
    .toBeDefined();
  return claim as Claim;
}
