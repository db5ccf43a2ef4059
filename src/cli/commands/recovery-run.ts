import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { type RecoveryFlags, withPlanOptions } from './recovery-plan.js';

/** `salvor recovery run`: plan and apply in one. */
export function recoveryRunCommand(): Command {
  const command = withPlanOptions(
    defineCommand('run', 'plan, and bring back at once what needs no review'),
  ).option('--emit-sql <file>', 'write SQL for a person to run, in place of changing the registry');
  return withAction<RecoveryFlags>(command, async (input) =>
    (await import('../wiring/recovery-apply.js')).recoveryRunCommand(input),
  );
}
