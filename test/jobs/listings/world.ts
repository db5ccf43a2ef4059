import type { Clock } from '../../../src/core/clock.js';
import type { Finding } from '../../../src/core/finding.js';
import type { Event } from '../../../src/events/event.js';
import { defaultTarget, type VerifyTarget } from '../../../src/jobs/listings/options.js';
import type { VerifyOutcome, VerifyPorts } from '../../../src/jobs/listings/ports.js';
import { verifyListings } from '../../../src/jobs/listings/run.js';
import type { StoreLister } from '../../../src/objectstore/port.js';
import { type FakeBucketOptions, FakeLister, type FakeObject, NOW_MS } from '../../support/lister.js';

const clock: Clock = { now: () => new Date(NOW_MS), monotonicMs: () => 0, sleep: async () => {} };

export interface Verified {
  outcome: VerifyOutcome;
  findings: Finding[];
  events: Event[];
  codes: string[];
}

/** Verifies one made-up bucket. */
export function verifyBucket(
  objects: readonly (FakeObject | string)[],
  options: Partial<VerifyTarget> = {},
  ports: Partial<VerifyPorts> = {},
  bucket: FakeBucketOptions = {},
): Promise<Verified> {
  const lister = new FakeLister(objects, bucket);
  return verifyStores([lister], options, ports);
}

/** Verifies several stores, with the same options but for those that `each` gives. */
export async function verifyStores(
  listers: readonly StoreLister[],
  options: Partial<VerifyTarget> = {},
  ports: Partial<VerifyPorts> = {},
  each: (index: number) => Partial<VerifyTarget> = () => ({}),
): Promise<Verified> {
  const events: Event[] = [];
  const targets = listers.map((lister, i) => ({ ...defaultTarget(lister.url), ...options, ...each(i) }));
  const outcome = await verifyListings(
    { targets },
    {
      lister: (url) => listers.find((lister) => lister.url === url) ?? unknownStore(url),
      clock,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
      ...ports,
    },
  );
  const findings = events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []));
  return { outcome, findings, events, codes: findings.map(({ code }) => code).sort() };
}

function unknownStore(url: string): never {
  throw new Error(`no store for ${url}`);
}
