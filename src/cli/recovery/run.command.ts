import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { RecoveryFlags } from './flags.js';
import { withPlanOptions } from './plan.command.js';

/** `salvor recovery run`: plans and applies in one run. */
export function recoveryRunCommand(): Command {
  const command = withPlanOptions(
    defineCommand('run', 'Plan, and restore at once what needs no review', {
      examples: [
        ['From a timer', 'salvor recovery run'],
        ['Only what the newest backup has', 'salvor recovery run --archives 1'],
      ],
      notes: 'Rows that need a decision are left for `salvor recovery review`.',
    })
      .optionsGroup('Output:')
      .option('--emit-sql <file>', 'write SQL to FILE for someone to run, and do not change the registry'),
  );
  return withAction<RecoveryFlags>(command, async (input) =>
    (await import('./apply.js')).runRecoveryCommand(input),
  );
}
