import type { Command } from 'commander';
import { defineCommand, defineGroup, withAction } from '../command.js';
import type { ArtifactUnrecoverableFlags } from './flags.js';

/** `salvor artifact show|unrecoverable`: commands on single artifacts, across all jobs. */
export function artifactCommand(): Command {
  const show = withAction(
    defineCommand('show', 'Show one artifact: its file, digests, copies and whole history', {
      examples: [['Everything known about one artifact', 'salvor artifact show 4711']],
    }).argument('<id>', 'id of the artifact'),
    async (input) => (await import('./show.js')).artifactShow(input),
  );
  const unrecoverable = withAction<ArtifactUnrecoverableFlags>(
    defineCommand('unrecoverable', 'Mark artifacts whose files are permanently lost', {
      examples: [
        [
          'One artifact, with the reason on record',
          "salvor artifact unrecoverable 4711 --reason 'was never written to disk'",
        ],
        [
          'Many, from a file with one id per line',
          "salvor artifact unrecoverable --ids-from lost.txt --reason 'disk failed before the first backup'",
        ],
      ],
      notes: 'No recovery plan is needed. `salvor journal undo` reverses it.',
    })
      .argument('[ids...]', 'ids of artifacts')
      .requiredOption('--reason <text>', 'why (required)')
      .option('--ids-from <file>', 'read more ids from FILE, one per line'),
    async (input) => (await import('./unrecoverable.js')).artifactUnrecoverable(input),
  );
  return defineGroup('artifact', 'Show one artifact and its history', [show, unrecoverable]);
}
