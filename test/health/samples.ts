import { randomUUID } from 'node:crypto';
import {
  endedEvent,
  type HealthEvent,
  type RunEnd,
  type RunIdentity,
  startedEvent,
} from '../../src/health/event.js';
import type { RunRecord } from '../../src/registry/port.js';

export const NOW = new Date('2026-06-02T02:00:00.000Z');

export function runIdentity(more: Partial<RunIdentity> = {}): RunIdentity {
  return {
    id: randomUUID(),
    job: 'listings verify',
    scope: 's3://scope/backups/',
    host: 'host-a',
    version: '1.2.3',
    startedAt: new Date(NOW.getTime() - 60_000),
    ...more,
  };
}

export function running(more: Partial<RunIdentity> = {}): HealthEvent {
  return startedEvent(runIdentity(more), NOW);
}

export function ended(end: Partial<RunEnd> = {}, more: Partial<RunIdentity> = {}): HealthEvent {
  const whole: RunEnd = { status: 'ok', exitCode: 0, summary: { missing: 0 }, finishedAt: NOW, ...end };
  return endedEvent(runIdentity(more), whole, NOW);
}

/** A qualifying run that ended well just now, unless told otherwise. */
export function runRecord(more: Partial<RunRecord> = {}): RunRecord {
  const { version, ...identity } = runIdentity();
  return {
    ...identity,
    version,
    options: {},
    status: 'ok',
    exitCode: 0,
    qualifying: true,
    heartbeatAt: NOW,
    finishedAt: NOW,
    summary: {},
    failures: [],
    ledgerScope: 's',
    ...more,
  };
}
