import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { RecoveryFlags } from './flags.js';
import { withPlanOptions } from './plan.command.js';

/** `salvor recovery run`: plan and apply in one. */
export function recoveryRunCommand(): Command {
  const command = withPlanOptions(
    defineCommand('run', 'plan, and bring back at once what needs no review'),
  ).option('--emit-sql <file>', 'write SQL for a person to run, in place of changing the registry');
  return withAction<RecoveryFlags>(command, async (input) =>
    (await import('./apply.js')).recoveryRunCommand(input),
  );
}
