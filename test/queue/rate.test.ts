import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.js';
import type { Claim } from '../../src/queue/port.js';
import type { Database } from '../../src/registry/database.js';
import { SharedRun, take } from './support.js';

const RATE = 1000;

let shared: SharedRun;
beforeEach(async () => {
  shared = await SharedRun.open(RATE);
});
afterEach(() => shared.close());

/** The current and the highest total read rate of all claims that are not aborted. */
class Meter {
  readonly #rates = new Map<Claim, number>();
  most = 0;

  follow(claim: Claim): void {
    claim.onRate((rate) => {
      this.#rates.set(claim, rate ?? Number.POSITIVE_INFINITY);
      this.most = Math.max(
        this.most,
        this.rates.reduce((sum, one) => sum + one, 0),
      );
    });
  }

  /** Whoever is done reads nothing. */
  forget(claim: Claim): void {
    this.#rates.delete(claim);
  }

  get rates(): number[] {
    const reading = [...this.#rates].filter(([claim]) => !claim.over.aborted);
    return reading.map(([, rate]) => rate).sort((a, b) => a - b);
  }
}

/** A way to the database that can be cut, as a network is. */
function cuttable(database: Database): { database: Database; cut(): void } {
  let isCut = false;
  const refuse = async (): Promise<never> => {
    throw new Failure('registry.unavailable', 'the network is cut');
  };
  const proxy = new Proxy(database, {
    get: (target, name) => {
      if (isCut && (name === 'query' || name === 'transaction')) return refuse;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    database: proxy,
    cut: () => {
      isCut = true;
    },
  };
}

describe('the rate of a run', () => {
  it('is shared in equal parts, and all of them together never exceed it', async () => {
    const going = shared.share(3);
    const meter = new Meter();
    const claims: Claim[] = [];
    for (const name of ['one', 'two', 'three']) {
      const claim = await take(await shared.client(name));
      claims.push(claim);
      meter.follow(claim);
    }
    await expect.poll(() => meter.rates).toEqual([333, 333, 333]);
    const [first, ...rest] = claims as [Claim, ...Claim[]];
    await first.done(null);
    meter.forget(first);
    await expect.poll(() => meter.rates).toEqual([500, 500]);
    expect(meter.most).toBeLessThanOrEqual(RATE);
    for (const claim of rest) await claim.done(null);
    await going.done;
  });

  it('is not exceeded when a worker that still reads is cut off from the database and others have its share', async () => {
    const going = shared.share(3);
    const meter = new Meter();
    const link = cuttable(shared.registry.database);
    const away = await take(await shared.client('away', link.database));
    meter.follow(away);
    const stays = await take(await shared.client('stays'));
    meter.follow(stays);
    await expect.poll(() => meter.rates).toEqual([500, 500]);
    link.cut();
    await expect.poll(() => meter.rates).toEqual([RATE]);
    expect(away.over.aborted).toBe(true);
    expect(meter.most).toBeLessThanOrEqual(RATE);
    const comes = await take(await shared.client('comes'));
    meter.follow(comes);
    await expect.poll(() => meter.rates).toEqual([500, 500]);
    expect(meter.most).toBeLessThanOrEqual(RATE);
    shared.stop.abort();
    for (const claim of [stays, comes]) await claim.release();
    await going.done;
  });
});
