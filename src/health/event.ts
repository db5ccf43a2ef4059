import { randomUUID } from 'node:crypto';
import type { Severity } from '../core/finding.js';
import { isoOrUndefined, timeText } from '../core/iso-time.js';
import type { RunStatus } from '../core/outcome.js';
import type { RunRecord } from '../registry/port.js';
import { boundedMetrics } from './metrics.js';

/** One row of `fleet_health_events`: one with status `running` when a run starts, and one when it ends. */
export interface HealthEvent {
  /** A unique uuid per event, by which receivers recognize repeated deliveries. */
  eventId: string;
  host: string;
  /** The program that sends the event. */
  source: string;
  /** The job: `listings verify`, `checksums backfill`… */
  checkName: string;
  runId: string;
  status: RunStatus | 'running';
  severity: Severity;
  /** One line for people. Never contains a secret. */
  message: string;
  /**
   * `scope` and `version`; once the run has ended also `exit_code`, `finished_at`, `elapsed_ms` and the run's summary.
   */
  metrics: Record<string, unknown>;
  startedAt: Date;
  createdAt: Date;
  scope: string;
  /** Null while the run is active, and for a run that died. */
  exitCode: number | null;
  /** Null while the run is active. */
  finishedAt: Date | null;
}

/** What is known about a run when it starts. */
export interface RunIdentity {
  id: string;
  job: string;
  scope: string;
  host: string;
  version: string;
  startedAt: Date;
}

/** What is known about a run when it has ended. */
export interface RunEnd {
  status: RunStatus;
  /** Null for a run that died. */
  exitCode: number | null;
  summary: Record<string, unknown>;
  finishedAt: Date;
  /** Replaces the default message, for example with that of the first failure. */
  message?: string;
}

/** The event that reports the start of a run. */
export function startedEvent(run: RunIdentity, now: Date): HealthEvent {
  return {
    ...common(run, now),
    status: 'running',
    severity: 'info',
    message: `${run.job} on ${run.scope} started`,
    metrics: { scope: run.scope, version: run.version },
    exitCode: null,
    finishedAt: null,
  };
}

/** The event that reports the end of a run. */
export function endedEvent(run: RunIdentity, end: RunEnd, now: Date): HealthEvent {
  const elapsedMs = Math.max(0, end.finishedAt.getTime() - run.startedAt.getTime());
  const about = {
    scope: run.scope,
    version: run.version,
    exit_code: end.exitCode,
    finished_at: timeText(end.finishedAt),
    elapsed_ms: elapsedMs,
  };
  return {
    ...common(run, now),
    status: end.status,
    severity: severityOf(end.status),
    message: end.message ?? endMessage(run, end),
    metrics: boundedMetrics({ ...end.summary, ...about }),
    exitCode: end.exitCode,
    finishedAt: end.finishedAt,
  };
}

/** The event for a run that died and was closed by the next run or the watchdog. */
export function diedEvent(run: RunRecord, now: Date): HealthEvent {
  const lastSign = timeText(run.heartbeatAt);
  return endedEvent(
    run,
    {
      status: 'incomplete',
      exitCode: run.exitCode,
      summary: { ...run.summary, died: true, heartbeat_at: lastSign },
      finishedAt: run.finishedAt ?? run.heartbeatAt,
      message: `${run.job} on ${run.scope} died: no heartbeat from ${run.host} since ${lastSign}`,
    },
    now,
  );
}

/** The event as JSON with the table's column names, for the NDJSON file and the webhook. */
export function healthEventJson(event: HealthEvent): Record<string, unknown> {
  return {
    event_id: event.eventId,
    host: event.host,
    source: event.source,
    check_name: event.checkName,
    run_id: event.runId,
    status: event.status,
    severity: event.severity,
    message: event.message,
    scope: event.scope,
    exit_code: event.exitCode,
    metrics: event.metrics,
    started_at: timeText(event.startedAt),
    finished_at: isoOrUndefined(event.finishedAt) ?? null,
    created_at: timeText(event.createdAt),
  };
}

function common(run: RunIdentity, now: Date) {
  return {
    eventId: randomUUID(),
    host: run.host,
    source: 'salvor',
    checkName: run.job,
    runId: run.id,
    startedAt: run.startedAt,
    createdAt: now,
    scope: run.scope,
  };
}

function severityOf(status: RunStatus): Severity {
  if (status === 'ok' || status === 'partial') return 'info';
  return status === 'interrupted' ? 'warning' : 'error';
}

function endMessage(run: RunIdentity, end: RunEnd): string {
  const code = end.exitCode === null ? 'no exit code' : `exit code ${end.exitCode}`;
  return `${run.job} on ${run.scope} ended: ${end.status}, ${code}`;
}
