import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { defineCommand, withAction } from '../command.js';
import type { PruneFlags } from './flags.js';

/** `salvor prune`: an end to what runs, findings and health events leave in the registry. */
export function pruneCommand(): Command {
  return withAction<PruneFlags>(
    defineCommand(
      'prune',
      'delete old runs, ended findings, health events and summaries; shows what it would delete unless --yes is given',
    )
      .option(
        '--older-than <age>',
        'everything that ended longer ago than this, such as 400d (default: `retention` of the configuration)',
        parseDuration,
      )
      .option('--yes', 'delete it')
      .addHelpText(
        'after',
        '\nNever deletes what is open or undecided, the newest of its kind in each scope, or the journal of changes.\n\nExamples:\n  salvor prune --older-than 400d         what would be deleted\n  salvor prune --older-than 400d --yes   delete it\n  salvor prune --yes                     as `retention` in salvor.yaml says',
      ),
    async (input) => (await import('./prune.js')).prune(input),
  );
}
