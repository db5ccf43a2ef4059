import { createHmac } from 'node:crypto';
import { type Clock, systemClock } from '../core/clock.js';
import { Failure, usageFailure } from '../core/failure.js';
import { type HealthEvent, healthEventJson } from './event.js';
import type { HealthSink } from './sink.js';

/** Three tries with their pauses end within the time that the fan-out gives a sink. */
const TRIES = 3;
const TIMEOUT_MS = 8_000;
const PAUSE_MS = 500;

export interface WebhookOptions {
  url: string;
  /**
   * Known to the receiver too. Every request then carries `X-Salvor-Signature: sha256=HEX`, the HMAC-SHA-256 of the
   * body's bytes; the secret itself is never sent.
   */
  secret?: string;
  timeoutMs?: number;
  clock?: Clock;
}

/**
 * Posts each event as JSON. Repeated after a network error, 408, 429 and 5xx, so a receiver may get one twice: it
 * tells by `event_id`, which is in the header `Idempotency-Key` as well. A redirect is not followed.
 * @throws Failure `health.webhook_url`, exit 2
 */
export function webhookSink(options: WebhookOptions): HealthSink {
  const url = parseUrl(options.url);
  const clock = options.clock ?? systemClock;
  // The path of such a url often is the secret.
  const name = `webhook:${url.origin}`;
  return {
    name,
    async write(event) {
      const request = requestFor(event, url, options.secret);
      for (let attempt = 1; ; attempt += 1) {
        const problem = await post(url, request, options.timeoutMs ?? TIMEOUT_MS);
        if (problem === undefined) return;
        if (!problem.again || attempt === TRIES) {
          const tries = attempt === 1 ? '' : ` (${attempt} tries)`;
          throw new Failure('health.webhook_failed', `${problem.what}${tries}`, {
            hint: `see whether ${url.origin} is up and health.webhook is still what it expects`,
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
  // fetch refuses a url that holds a login.
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
    return { what: `it answered ${status}`, again: status === 408 || status === 429 || status >= 500 };
  } catch (thrown) {
    return { what: reasonOf(thrown, timeoutMs), again: true };
  }
}

/** fetch says "fetch failed" and keeps the reason in the cause; neither holds more of the url than its host. */
function reasonOf(thrown: unknown, timeoutMs: number): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { cause } = thrown;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : thrown.message;
}
