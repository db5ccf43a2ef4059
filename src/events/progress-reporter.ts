import type { Clock } from '../core/clock.js';
import type { Emit, Progress } from './event.js';
import { progressText } from './progress-text.js';

/** Frequent enough to look alive, rare enough to cost nothing. */
const REDRAW_MS = 200;

export interface ProgressReporter {
  emit: Emit;
  /** Clears the line so that other output can be written. */
  clear(): void;
}

/** Keeps one line on a terminal up to date. Control characters in names never reach the terminal. */
export function progressReporter(
  terminal: { write(text: string): unknown; columns?: number },
  clock: Clock,
): ProgressReporter {
  const startedMs = clock.monotonicMs();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let visible = false;
  const clear = (): void => {
    if (visible) terminal.write('\r\u001b[2K');
    visible = false;
  };
  const draw = (progress: Progress): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - drawnMs < REDRAW_MS) return;
    drawnMs = nowMs;
    const line = progressText(progress, nowMs - startedMs).replace(/\p{C}/gu, '?');
    terminal.write(`\r\u001b[2K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
    visible = true;
  };
  return { emit: (event) => (event.type === 'progress' ? draw(event) : undefined), clear };
}
