import { Refusal } from './refusal.js';

/** Wrong tokens allowed per address: a burst, then one per refill interval. */
const BURST = 10;
const REFILL_MS = 6000;
/** The same for all addresses together, against attackers with many. */
const BURST_OF_ALL = 100;
const REFILL_OF_ALL_MS = 600;
/** At most this many addresses are tracked. Beyond that, only the global limit applies. */
const MAX_ADDRESSES = 10_000;

interface Bucket {
  wrong: number;
  at: number;
}

/** Limits wrong tokens. It does not affect sessions that are already signed in. */
export class TokenRateLimit {
  readonly #byAddress = new Map<string, Bucket>();
  readonly #all: Bucket = { wrong: 0, at: 0 };
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Must be called before a token is checked. @throws Refusal 429 */
  check(address: string): void {
    const bucket = this.#byAddress.get(networkOf(address));
    const waits = [
      this.#all.wrong > 0 ? waitOf(this.#all, BURST_OF_ALL, REFILL_OF_ALL_MS, this.#now()) : 0,
      bucket === undefined ? 0 : waitOf(bucket, BURST, REFILL_MS, this.#now()),
    ];
    const wait = Math.ceil(Math.max(...waits) / 1000);
    if (wait <= 0) return;
    throw new Refusal(429, 'dashboard.rate', `too many wrong tokens; try again in ${wait} s`, {
      headers: { 'retry-after': String(wait) },
    });
  }

  wrong(address: string): void {
    const now = this.#now();
    const key = networkOf(address);
    if (this.#byAddress.size >= MAX_ADDRESSES) this.#forget(now);
    const bucket = this.#byAddress.get(key) ?? { wrong: 0, at: now };
    if (this.#byAddress.size < MAX_ADDRESSES) this.#byAddress.set(key, bucket);
    count(bucket, REFILL_MS, now);
    count(this.#all, REFILL_OF_ALL_MS, now);
  }

  #forget(now: number): void {
    for (const [key, bucket] of this.#byAddress) {
      if (leak(bucket, REFILL_MS, now) === 0) this.#byAddress.delete(key);
    }
  }
}

function count(bucket: Bucket, refillMs: number, now: number): void {
  bucket.wrong = leak(bucket, refillMs, now) + 1;
  bucket.at = now;
}

function leak(bucket: Bucket, refillMs: number, now: number): number {
  return Math.max(0, bucket.wrong - (now - bucket.at) / refillMs);
}

function waitOf(bucket: Bucket, burst: number, refillMs: number, now: number): number {
  return Math.max(0, (leak(bucket, refillMs, now) - burst + 1) * refillMs);
}

/** The /64 network of an IPv6 address: one customer has 2^64 addresses. */
function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return v4 ?? address.split(':').slice(0, 4).join(':');
}
