import { type Clock, systemClock } from '../core/clock.js';

/** How a store is reached. Credentials are never among these: they come from the AWS chain. */
export interface StoreOptions {
  /** An S3 server other than Amazon's; wins over `AWS_ENDPOINT_URL`. */
  endpointUrl?: string;
  /** Default: the AWS chain's, else `us-east-1`; a store that names another one is followed there once. */
  region?: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`; default: yes for an endpoint that was named. */
  pathStyle?: boolean;
  /** Until a connection stands, TLS included. */
  connectTimeoutMs?: number;
  /** The longest silence of a connection that stands. */
  idleTimeoutMs?: number;
  /** The most bytes per second that are read out of objects. */
  bytesPerSecond?: number;
  retry?: Partial<RetryPolicy>;
  clock?: Clock;
  /** In [0, 1); for the jitter. */
  random?: () => number;
}

export interface RetryPolicy {
  /** The first one included. */
  attempts: number;
  /** The most before the second attempt; doubles with each one after. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** No attempt begins after so long. */
  totalMs: number;
}

/** Rides out a minute of `SlowDown`, and gives up on a dead server within some seconds. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 8,
  baseDelayMs: 100,
  maxDelayMs: 20_000,
  totalMs: 120_000,
};

export interface RetryTools {
  policy: RetryPolicy;
  clock: Clock;
  random: () => number;
}

export function retryTools(options: StoreOptions): RetryTools {
  return {
    policy: { ...DEFAULT_RETRY, ...options.retry },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
