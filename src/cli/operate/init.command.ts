import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { InitFlags } from './flags.js';

/** `salvor init`: a commented configuration, and Salvor's tables in the registry. */
export function initCommand(): Command {
  return withAction<InitFlags>(
    defineCommand('init', "Write a commented salvor.yaml, and create or update Salvor's tables", {
      examples: [
        ['Without a database of your own', 'salvor init'],
        [
          'With the PostgreSQL that holds the artifacts',
          'salvor init --registry postgres://salvor@db/registry',
        ],
      ],
      notes: 'It never replaces an existing file, asks nothing, and can be run again at any time.',
    })
      .option('--profile <name>', 'start with the defaults of a known installation')
      .option('--queue', 'also create the tables of the work queue, for --distribute and `salvor worker`'),
    async (input) => (await import('./init.js')).init(input),
  );
}
