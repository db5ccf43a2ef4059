import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import type { RecoveryFlags } from './flags.js';

/** `salvor recovery plan`: shows what can be restored, from where, and how certain each match is. */
export function recoveryPlanCommand(): Command {
  const command = withPlanOptions(
    defineCommand('plan', 'Search for missing files and decide for each; writes only the plan', {
      examples: [
        ['The newest two backups of each series', 'salvor recovery plan'],
        ['Every backup there is', 'salvor recovery plan --archives all'],
        ['One type, into a file of its own', 'salvor recovery plan --type dataset --out datasets.json'],
      ],
      notes: 'Next: `salvor recovery review` shows what needs a decision, `salvor recovery apply` restores.',
    }),
  );
  return withAction<RecoveryFlags>(command, async (input) =>
    (await import('./plan.js')).planRecoveryCommand(input),
  );
}

export function withPlanOptions(command: Command): Command {
  const searching = withMemoryOption(
    command
      .optionsGroup('Search:')
      .option('--type <type...>', 'only artifacts of these types (default: recovery.types)')
      .option('--archives <n>', 'newest archives of each series to search, or all (default: 2)', archives)
      .option('--scan-unlisted', 'also read archives that have no listing')
      .option('--retry-unrecoverable', 'also search for files marked as unrecoverable'),
  )
    .optionsGroup('Output:')
    .option('--out <file>', 'where to write the plan (default: .salvor/plan.json)');
  return withS3Options(searching);
}

function archives(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usageFailure('usage.invalid', `${JSON.stringify(text)} is not a number from 1 or "all"`);
}
