import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { InitFlags } from './flags.js';

/** `salvor init`: a commented configuration, and Salvor's tables in the registry. */
export function initCommand(): Command {
  return withAction<InitFlags>(
    defineCommand('init', 'write a commented salvor.yaml and bring the registry up to date; may be run again')
      .option('--profile <name>', 'begin from the defaults of a known installation')
      .option('--queue', 'also make the tables of the work queue, for --distribute and `salvor worker`')
      .addHelpText('after', '\nAn existing file is never replaced. Nothing is asked.'),
    async (input) => (await import('./init.js')).init(input),
  );
}
