import type { HealthEvent } from './event.js';
import { countsOf, type EndedRun, type SeriesState } from './prometheus-text.js';

/** The state after one more event. Events of older runs (such as one that died) only increase the counters. */
export function advance(before: SeriesState | undefined, event: HealthEvent): SeriesState {
  const startedAtMs = event.startedAt.getTime();
  const state: SeriesState = before ?? {
    job: event.checkName,
    scope: event.scope,
    host: event.host,
    status: event.status,
    startedAtMs,
    ended: {},
    last: null,
    succeededAtMs: null,
  };
  const newest = startedAtMs >= state.startedAtMs ? { status: event.status, startedAtMs } : {};
  if (event.status === 'running' || event.finishedAt === null) return { ...state, ...newest };
  const ended: EndedRun = {
    exitCode: event.exitCode,
    finishedAtMs: event.finishedAt.getTime(),
    elapsedMs: Math.max(0, event.finishedAt.getTime() - startedAtMs),
    counts: countsOf(event.metrics),
  };
  const isLast = state.last === null || ended.finishedAtMs >= state.last.finishedAtMs;
  const succeededAtMs = event.exitCode === 0 ? ended.finishedAtMs : null;
  return {
    ...state,
    ...newest,
    ended: { ...state.ended, [event.status]: (state.ended[event.status] ?? 0) + 1 },
    last: isLast ? ended : state.last,
    succeededAtMs: latest(state.succeededAtMs, succeededAtMs),
  };
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** The state in a file's text, or undefined if the text is something else. */
export function parseState(text: string): SeriesState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isState(value) ? value : undefined;
}

function isState(value: unknown): value is SeriesState {
  if (typeof value !== 'object' || value === null) return false;
  const { job, scope, host, status, startedAtMs, ended, last } = value as Record<string, unknown>;
  const words = [job, scope, host, status].every((word) => typeof word === 'string');
  return words && typeof startedAtMs === 'number' && typeof ended === 'object' && typeof last === 'object';
}
