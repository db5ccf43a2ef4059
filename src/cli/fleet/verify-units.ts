import type { RangeUnit } from '../../jobs/listings/distributed/range-report.js';
import { scanRange } from '../../jobs/listings/distributed/scan-range.js';
import type { StoreLister } from '../../objectstore/port.js';
import { MAX_ATTEMPTS } from '../../queue/boss.js';
import type { Claim } from '../../queue/port.js';
import type { UnitHandler, UnitSlot } from '../../queue/worker-loop.js';
import type { Database } from '../../registry/database.js';
import { openFindings } from '../../registry/runs/findings-ledger.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type TargetTerms, toTarget } from '../listings/targets.js';
import { listerFor, storeSettings } from '../wiring/stores.js';
import { requireWithin, ServedStores } from './served-stores.js';

/** The parameters of a distributed `listings verify` for the workers. */
export interface VerifyPlan {
  /** The scope whose open findings the units use. */
  scope: string;
  targets: TargetTerms[];
}

/** Units of `listings verify`: ranges of keys of the stores that `backups` of this host's configuration names. */
export class VerifyUnits implements UnitHandler {
  readonly job = 'listings verify';
  readonly #config: Config;
  readonly #stores: ServedStores;
  readonly #database: Database;

  constructor({ config }: LoadedConfig, database: Database) {
    this.#config = config;
    this.#stores = new ServedStores(config);
    this.#database = database;
  }

  lacks(needs: unknown): Promise<string | undefined> {
    return this.#stores.lacks(needs);
  }

  slot(): UnitSlot {
    const listers = new Map<string, StoreLister>();
    const settings = storeSettings({}, this.#config.s3);
    return {
      work: (claim, stop) => {
        const { url } = claim.payload as RangeUnit;
        requireWithin(claim.needs, url);
        const partOf = (claim.options as VerifyPlan).targets.find((terms) => terms.url === url)?.partOf;
        const lister = listers.get(url) ?? listerFor(url, settings, partOf);
        listers.set(url, lister);
        return verify(claim, lister, AbortSignal.any([claim.over, stop]), this.#database);
      },
      close: async () => undefined,
    };
  }
}

async function verify(
  claim: Claim,
  lister: StoreLister,
  signal: AbortSignal,
  database: Database,
): Promise<'done' | 'released'> {
  const range = claim.payload as RangeUnit;
  const { scope, targets } = claim.options as VerifyPlan;
  const terms = targets.find(({ url }) => url === range.url);
  if (terms === undefined) throw new Error(`the plan says nothing of ${range.url}`);
  try {
    const report = await scanRange(range, toTarget(terms), {
      lister,
      openSubjects: async (subjects) => {
        const open = await openFindings(database, { job: claim.job, scope }, subjects);
        return new Set(open.map(({ subject }) => subject));
      },
      isLastAttempt: claim.attempt >= MAX_ATTEMPTS,
      signal,
    });
    await claim.reportNow(null, { items: report.keys, bytes: 0 });
    await claim.done(report);
    return 'done';
  } catch (error) {
    if (!signal.aborted) throw error;
    await claim.release();
    return 'released';
  }
}
