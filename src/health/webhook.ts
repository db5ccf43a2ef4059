import { createHmac } from 'node:crypto';
import { type Clock, systemClock } from '../core/clock.js';
import { Failure, usageFailure } from '../core/failure.js';
import { counted } from '../core/pluralize.js';
import { type HealthEvent, healthEventJson } from './event.js';
import type { HealthSink } from './sink.js';

/** Three attempts with their pauses fit into the time that the fan-out allows a sink. */
const TRIES = 3;
const TIMEOUT_MS = 8_000;
const PAUSE_MS = 500;

export interface WebhookOptions {
  url: string;
  /**
   * A secret shared with the receiver. With it, every request has the header `X-Salvor-Signature: sha256=HEX`, the
   * HMAC-SHA-256 of the body; the secret itself is never sent.
   */
  secret?: string;
  timeoutMs?: number;
  clock?: Clock;
}

/**
 * Posts each event as JSON. It retries after a network error, 408, 429 and 5xx, so a receiver may get an event twice.
 * Receivers recognize repeats by `event_id`, which is also in the header `Idempotency-Key`. Redirects are not followed.
 * @throws Failure `health.webhook_url`, exit 2
 */
export function webhookSink(options: WebhookOptions): HealthSink {
  const url = parseUrl(options.url);
  const clock = options.clock ?? systemClock;
  // The path of such a url is often the secret.
  const name = `webhook:${url.origin}`;
  return {
    name,
    async write(event) {
      const request = requestFor(event, url, options.secret);
      for (let attempt = 1; ; attempt += 1) {
        const problem = await post(url, request, options.timeoutMs ?? TIMEOUT_MS);
        if (problem === undefined) return;
        if (!problem.again || attempt === TRIES) {
          const tries = attempt === 1 ? '' : ` (${counted(attempt, 'attempt')})`;
          throw new Failure('health.webhook_failed', `${problem.what}${tries}`, {
            hint: `check that ${url.origin} is up and that health.webhook is still correct`,
          });
        }
        await clock.sleep(PAUSE_MS * 2 ** (attempt - 1));
      }
    },
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && isDecodable(url)) return url;
  throw usageFailure('health.webhook_url', 'health.webhook is not an http or https url');
}

/** A percent sign in a password must be written as `%25`. */
function isDecodable({ username, password }: URL): boolean {
  try {
    for (const part of [username, password]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

interface PreparedRequest {
  headers: Record<string, string>;
  body: string;
}

function requestFor(event: HealthEvent, url: URL, secret: string | undefined): PreparedRequest {
  const body = JSON.stringify(healthEventJson(event));
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'salvor',
    'idempotency-key': event.eventId,
  };
  if (url.username !== '') {
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  if (secret !== undefined) {
    headers['x-salvor-signature'] = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  }
  return { headers, body };
}

interface Problem {
  what: string;
  again: boolean;
}

async function post(url: URL, request: PreparedRequest, timeoutMs: number): Promise<Problem | undefined> {
  const bare = new URL(url);
  // fetch refuses a url with credentials.
  bare.username = '';
  bare.password = '';
  try {
    const response = await fetch(bare, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...request,
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const { status } = response;
    return { what: `it responded with ${status}`, again: status === 408 || status === 429 || status >= 500 };
  } catch (thrown) {
    return { what: reasonOf(thrown, timeoutMs), again: true };
  }
}

/** fetch says "fetch failed" and puts the reason into the cause; neither contains more of the url than its host. */
function reasonOf(thrown: unknown, timeoutMs: number): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'TimeoutError') return `no response within ${timeoutMs / 1000} s`;
  const { cause } = thrown;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : thrown.message;
}
