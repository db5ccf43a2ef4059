import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { ArtifactUnrecoverableFlags } from './flags.js';

/** `salvor artifact show|unrecoverable`: one artifact, whatever job it is about. */
export function artifactCommand(): Command {
  const show = withAction(
    defineCommand('show', 'everything that is known of one artifact, and all that happened to it').argument(
      '<id>',
      "the artifact's id",
    ),
    async (input) => (await import('./show.js')).artifactShow(input),
  );
  const unrecoverable = withAction<ArtifactUnrecoverableFlags>(
    defineCommand('unrecoverable', 'mark artifacts whose file is gone for good; no plan is needed')
      .argument('[ids...]', 'ids of artifacts')
      .requiredOption('--reason <text>', 'why (required)')
      .option('--ids-from <file>', 'more ids, one per line'),
    async (input) => (await import('./unrecoverable.js')).artifactUnrecoverable(input),
  );
  return defineCommand('artifact', 'one artifact and its history').addCommand(show).addCommand(unrecoverable);
}
