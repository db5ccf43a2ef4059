import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import type { RecoveryFlags } from './flags.js';

/** `salvor recovery apply FILE`: carries out exactly the plan. */
export function recoveryApplyCommand(): Command {
  const command = withMemoryOption(
    defineCommand('apply', 'Restore the files of a plan, verify each, and bind it to its row', {
      examples: [
        ['The plan that `salvor recovery plan` wrote', 'salvor recovery apply .salvor/plan.json'],
        ['Let a DBA run the changes', 'salvor recovery apply --emit-sql changes.sql'],
      ],
      notes:
        'Rows that changed since the plan are refused, with the reason. `salvor journal undo` reverses a run.',
    })
      .argument('[file]', 'the plan (default: .salvor/plan.json)')
      .option('--emit-sql <file>', 'write SQL to FILE for someone to run, and do not change the registry'),
  );
  return withAction<RecoveryFlags>(withS3Options(command), async (input) =>
    (await import('./apply.js')).applyRecoveryCommand(input),
  );
}
