import { formatSize } from '../../../core/sizes.js';
import type { ChecksumPorts } from '../options.js';
import type { Tally } from '../report/summary.js';

const EVERY_MS = 500;

/** Emits the progress of the run until the returned function is called. */
export function reportProgress(ports: ChecksumPorts, tally: Tally): () => void {
  const startedMs = ports.clock.monotonicMs();
  const say = (): void => {
    const { rows_scanned: done, rows_remaining: remaining } = tally.total;
    const seconds = (ports.clock.monotonicMs() - startedMs) / 1000;
    const bytes = ports.files.bytesRead;
    const detail = { read: formatSize(bytes), speed: `${formatSize(seconds > 0 ? bytes / seconds : 0)}/s` };
    ports.emit({ type: 'progress', unit: 'rows', done, total: done + remaining, detail });
  };
  const timer = setInterval(say, EVERY_MS);
  return () => {
    clearInterval(timer);
    say();
  };
}
