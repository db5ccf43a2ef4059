import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { HealthEvent } from '../../../health/event.js';
import { webhookSink } from '../../../health/webhook.js';
import type { Config } from '../../config/schema.js';
import { version } from '../../version.js';
import { type Check, ok, tried } from './check.js';

/** The test event; it names no job, so that it is not mistaken for a run. */
export function testEvent(now: Date): HealthEvent {
  return {
    eventId: randomUUID(),
    runId: randomUUID(),
    host: hostname(),
    source: 'salvor',
    checkName: 'test',
    status: 'ok',
    severity: 'info',
    message: 'test event from salvor doctor; no job ran',
    metrics: { test: true, version },
    startedAt: now,
    createdAt: now,
    scope: 'doctor',
    exitCode: 0,
    finishedAt: now,
  };
}

/**
 * Sends a `test` event to the webhook. It is not written to the files, because their readers would take it for a run.
 */
export async function webhookChecks(health: Config['health']): Promise<Check[]> {
  const { webhook, webhook_secret: secret } = health ?? {};
  if (webhook === undefined) return [];
  return tried('webhook', async () => {
    const sink = webhookSink({ url: webhook, ...(secret === undefined ? {} : { secret }) });
    await sink.write(testEvent(new Date()));
    return [ok(sink.name, 'accepted a test event (check_name: test)')];
  });
}
