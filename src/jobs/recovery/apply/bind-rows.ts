import type { Wanted } from '../source-port.js';
import { plannedHit } from './planned-hit.js';
import { type ApplyContext, SourceBinding } from './source-binding.js';
import type { Task } from './task.js';

/**
 * Restores the files of all tasks and binds each one as soon as it is proven. Contents that planning read come from the
 * cache; the others come from their sources, each archive in one pass.
 */
export async function bindRows(tasks: readonly Task[], context: ApplyContext): Promise<void> {
  const { ports, tally } = context;
  const left: Task[] = [];
  for (const task of tasks) {
    ports.signal.throwIfAborted();
    const { sha256 } = task.candidate;
    const cached = task.candidate.cached && sha256 !== null && (await ports.cache.has(sha256));
    if (!cached) {
      left.push(task);
      continue;
    }
    const binding = new SourceBinding([task], context);
    try {
      await binding.intend();
      await binding.fromCache(task, sha256);
    } finally {
      await binding.close();
    }
  }
  for (const source of ports.sources) {
    const own = left.filter((task) => task.candidate.source === source.name);
    if (own.length === 0) continue;
    const binding = new SourceBinding(own, context);
    try {
      await binding.intend();
      const summary = await source.extract(own.map(wantedOf), binding.open, binding.take, ports.signal);
      tally.bytesFetched += summary.bytesFetched;
      tally.archivesRead += summary.archivesRead.length;
    } finally {
      await binding.close();
    }
  }
  const known = new Set(ports.sources.map((source) => source.name));
  for (const task of left) {
    if (!known.has(task.candidate.source)) {
      tally.refuse(
        task.row,
        'source.unknown',
        `its source is no longer configured: ${task.candidate.source}`,
      );
    }
  }
}

function wantedOf({ row, candidate }: Task): Wanted {
  const only =
    row.trusted_sha256.length === 1 && row.confidence !== 'approved' ? row.trusted_sha256[0] : undefined;
  const sha256 = candidate.sha256 ?? only;
  return { id: row.id, hit: plannedHit(candidate), ...(sha256 === undefined ? {} : { sha256 }) };
}
