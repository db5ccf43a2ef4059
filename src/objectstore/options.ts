import { type Clock, systemClock } from '../core/clock.js';

/** How to reach a store. Credentials are not included; they come from the AWS chain. */
export interface StoreOptions {
  /** An S3 server other than Amazon's; overrides `AWS_ENDPOINT_URL`. */
  endpointUrl?: string;
  /** Default: that of the AWS chain, or else `us-east-1`. If the store names another region, that one is used. */
  region?: string;
  /** Use `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true if an endpoint is set. */
  pathStyle?: boolean;
  /** Timeout for connecting, including TLS. */
  connectTimeoutMs?: number;
  /** Timeout for an open connection on which nothing arrives. */
  idleTimeoutMs?: number;
  /** The maximum number of bytes per second to read from objects. */
  bytesPerSecond?: number;
  retry?: Partial<RetryPolicy>;
  clock?: Clock;
  /** Returns a number in [0, 1), for the jitter. */
  random?: () => number;
}

export interface RetryPolicy {
  /** The maximum number of attempts, including the first. */
  attempts: number;
  /** The maximum delay before the second attempt; it doubles with each further attempt. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** No attempt starts after this time. */
  totalMs: number;
}

/** Survives a minute of `SlowDown`, and gives up on a dead server within seconds. */
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
