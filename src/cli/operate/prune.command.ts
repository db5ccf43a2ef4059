import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { defineCommand, withAction } from '../command.js';
import type { PruneFlags } from './flags.js';

/** `salvor prune`: keeps runs, findings and health events from growing forever. */
export function pruneCommand(): Command {
  return withAction<PruneFlags>(
    defineCommand('prune', 'Delete old runs, ended findings and health events', {
      examples: [
        ['See what would be deleted', 'salvor prune --older-than 400d'],
        ['Delete it', 'salvor prune --older-than 400d --yes'],
        ['As `retention` in salvor.yaml says', 'salvor prune --yes'],
      ],
      notes:
        'Without --yes, nothing is deleted. It never deletes what is open or undecided, the newest of its kind in each scope, or the journal.',
    })
      .option(
        '--older-than <age>',
        'everything that ended longer ago than this, e.g. 400d (default: `retention`)',
        parseDuration,
      )
      .option('--yes', 'delete; without it, show what would be deleted'),
    async (input) => (await import('./prune.js')).prune(input),
  );
}
