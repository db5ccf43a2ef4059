import { randomUUID } from 'node:crypto';
import type { RunFinish, RunStart } from '../../../src/registry/port.js';

/** A run's start, with what a test does not care about. */
export function runStart(over: Partial<RunStart> = {}): RunStart {
  return {
    id: randomUUID(),
    job: 'listings verify',
    scope: 's3://bucket/backups/',
    host: 'host-a',
    options: {},
    qualifying: true,
    version: '0.0.0',
    startedAt: new Date(),
    ...over,
  };
}

/** The end of a complete run. */
export function runEnd(over: Partial<RunFinish> = {}): RunFinish {
  return {
    status: 'ok',
    exitCode: 0,
    qualifying: true,
    summary: {},
    finishedAt: new Date(),
    ...over,
  };
}
