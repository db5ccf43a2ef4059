import { describe, expect, it } from 'vitest';
import { diedEvent, endedEvent, healthEventJson, startedEvent } from '../../src/health/event.js';
import { ended, NOW, runIdentity, running, runRecord } from './samples.js';

describe('startedEvent', () => {
  it('says that a run is in progress, in the words of the table', () => {
    const run = runIdentity();
    expect(healthEventJson(startedEvent(run, NOW))).toEqual({
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      host: 'host-a',
      source: 'salvor',
      check_name: 'listings verify',
      run_id: run.id,
      status: 'running',
      severity: 'info',
      message: 'listings verify on s3://scope/backups/ started',
      scope: 's3://scope/backups/',
      exit_code: null,
      metrics: { scope: 's3://scope/backups/', version: '1.2.3' },
      started_at: '2026-06-02T01:59:00.000Z',
      finished_at: null,
      created_at: '2026-06-02T02:00:00.000Z',
    });
  });

  it('and endedEvent share the run and have an event id each', () => {
    const run = runIdentity();
    const start = startedEvent(run, NOW);
    const end = endedEvent(run, { status: 'ok', exitCode: 0, summary: {}, finishedAt: NOW }, NOW);
    expect(end.runId).toBe(start.runId);
    expect(end.eventId).not.toBe(start.eventId);
  });
});

describe('endedEvent', () => {
  it.each([
    ['ok', 0, 'info'],
    ['partial', 0, 'info'],
    ['findings', 1, 'error'],
    ['incomplete', 3, 'error'],
    ['interrupted', 143, 'warning'],
  ] as const)('of %s with exit code %i has severity %3$s', (status, exitCode, severity) => {
    const event = ended({ status, exitCode });
    expect(event).toMatchObject({ status, exitCode, severity });
    expect(event.message).toBe(
      `listings verify on s3://scope/backups/ ended: ${status}, exit code ${exitCode}`,
    );
  });

  it('contains the summary, and fields of the run win over counts of the same name', () => {
    expect(ended({ summary: { missing: 3, exit_code: 77 } }).metrics).toEqual({
      missing: 3,
      exit_code: 0,
      scope: 's3://scope/backups/',
      version: '1.2.3',
      finished_at: '2026-06-02T02:00:00.000Z',
      elapsed_ms: 60_000,
    });
  });

  it('keeps only the counts of a summary that is too large for a row, and says so', () => {
    const partitions = Array.from({ length: 5_000 }, (_, i) => ({ name: `host-${i}`, archives_total: i }));
    const { metrics } = ended({ summary: { archives_total: 9, partitions, long: 'x'.repeat(2_000) } });
    expect(metrics).toMatchObject({ archives_total: 9, exit_code: 0, truncated: true });
    expect(metrics).not.toHaveProperty('partitions');
    expect(metrics).not.toHaveProperty('long');
  });

  it('accepts a message from the caller', () => {
    expect(ended({ message: 'no such bucket' }).message).toBe('no such bucket');
  });
});

describe('diedEvent', () => {
  it('distinguishes a run that fell silent from one that reported its end', () => {
    const heartbeatAt = new Date('2026-06-02T01:30:00Z');
    const run = runRecord({
      status: 'incomplete',
      exitCode: null,
      heartbeatAt,
      finishedAt: NOW,
      summary: null,
    });
    const event = diedEvent(run, NOW);
    expect(event).toMatchObject({ runId: run.id, status: 'incomplete', severity: 'error', exitCode: null });
    expect(event.message).toContain('no heartbeat from host-a since 2026-06-02T01:30:00.000Z');
    expect(event.metrics).toMatchObject({ died: true, exit_code: null });
  });
});

describe('running', () => {
  it('has no exit code and no end', () => {
    expect(running()).toMatchObject({ exitCode: null, finishedAt: null });
  });
});
