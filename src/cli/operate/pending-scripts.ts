import { Failure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { printable } from '../../core/printable.js';
import type { Database } from '../../registry/database.js';
import type { PendingScript } from '../../registry/journal/pending.js';
import type { Config } from '../config/schema.js';
import { openConfiguredArtifacts } from '../wiring/artifacts.js';

/** Scripts with changes that are not in the registry yet, after checking which ones have been run. */
export async function pendingScripts(
  config: Config,
  flags: { registry?: string | undefined },
  state: Database,
): Promise<PendingScript[]> {
  if (config.registry?.mode !== 'readonly') return [];
  try {
    const opened = await openConfiguredArtifacts(config, flags, state);
    try {
      await opened.pending?.settle();
      return (await opened.pending?.list()) ?? [];
    } finally {
      await opened.close();
    }
  } catch (error) {
    // A registry can be used for listings alone.
    if (error instanceof Failure && error.code === 'registry.missing_table') return [];
    throw error;
  }
}

export function pendingScriptJson({ script, changes, writtenAt }: PendingScript): Record<string, unknown> {
  return { script, changes, written_at: timeText(writtenAt) };
}

/** Undefined when nothing is pending. */
export function scriptsText(scripts: readonly PendingScript[]): string | undefined {
  if (scripts.length === 0) return undefined;
  const lines = scripts.map(
    ({ script, changes, writtenAt }) =>
      `  ${printable(script)}: ${changes} ${changes === 1 ? 'change' : 'changes'}, written ${timeText(writtenAt).slice(0, 16).replace('T', ' ')}`,
  );
  return ['Not yet applied to the registry (run each with psql, in any order):', ...lines].join('\n');
}
