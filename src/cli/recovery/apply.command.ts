import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { RecoveryFlags } from './flags.js';
import { withStoreOptions } from './plan.command.js';

/** `salvor recovery apply FILE`: exactly what the plan says. */
export function recoveryApplyCommand(): Command {
  const command = withStoreOptions(defineCommand('apply', 'bring back what a plan says, verify it, bind it'))
    .argument('[file]', 'the plan (default: .salvor/plan.json)')
    .option('--emit-sql <file>', 'write SQL for a person to run, in place of changing the registry');
  return withAction<RecoveryFlags>(command, async (input) =>
    (await import('./apply.js')).recoveryApplyCommand(input),
  );
}
