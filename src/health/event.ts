import { randomUUID } from 'node:crypto';
import type { Severity } from '../core/finding.js';
import { isoOrUndefined, timeText } from '../core/iso-time.js';
import type { RunStatus } from '../core/outcome.js';
import type { RunRecord } from '../registry/port.js';
import { boundedMetrics } from './metrics.js';

/** One row of `fleet_health_events`: a `running` one when a run starts, one with its status when it ends. */
export interface HealthEvent {
  /** A uuid of its own for each event; receivers tell repeated deliveries by it. */
  eventId: string;
  host: string;
  /** The program that speaks. */
  source: string;
  /** The job: `listings verify`, `checksums backfill`… */
  checkName: string;
  runId: string;
  status: RunStatus | 'running';
  severity: Severity;
  /** One line for a person. Never holds a secret. */
  message: string;
  /** `scope`, `version`, and from the end `exit_code`, `finished_at`, `elapsed_ms` and the run's summary. */
  metrics: Record<string, unknown>;
  startedAt: Date;
  createdAt: Date;
  scope: string;
  /** Null while the run goes on, and for one that died. */
  exitCode: number | null;
  /** Null while the run goes on. */
  finishedAt: Date | null;
}

/** What is known of a run when it starts. */
export interface RunIdentity {
  id: string;
  job: string;
  scope: string;
  host: string;
  version: string;
  startedAt: Date;
}

/** What is known of a run when it has ended. */
export interface RunEnd {
  status: RunStatus;
  /** Null for a run that died. */
  exitCode: number | null;
  summary: Record<string, unknown>;
  finishedAt: Date;
  /** What to say instead of "ended with …"; the first failure's message, for one. */
  message?: string;
}

/** The event that says that a run has begun. */
export function startedEvent(run: RunIdentity, now: Date): HealthEvent {
  return {
    ...common(run, now),
    status: 'running',
    severity: 'info',
    message: `${run.job} has begun on ${run.scope}`,
    metrics: { scope: run.scope, version: run.version },
    exitCode: null,
    finishedAt: null,
  };
}

/** The event that says how a run ended. */
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

/** The event for a run that died and was closed by somebody else: the next run, or the watchdog. */
export function diedEvent(run: RunRecord, now: Date): HealthEvent {
  const lastSign = timeText(run.heartbeatAt);
  return endedEvent(
    run,
    {
      status: 'incomplete',
      exitCode: run.exitCode,
      summary: { ...run.summary, died: true, heartbeat_at: lastSign },
      finishedAt: run.finishedAt ?? run.heartbeatAt,
      message: `${run.job} on ${run.scope} died: no sign of life from ${run.host} since ${lastSign}`,
    },
    now,
  );
}

/** The event as JSON, in the names of the table's columns; what the NDJSON file and the webhook carry. */
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
