import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { defineCommand, withAction } from '../command.js';
import { MAX_MEMORY } from '../max-memory.js';
import type { RecoveryFlags } from './flags.js';

/** `salvor recovery plan`: what can be brought back, from where, and how sure we are. */
export function recoveryPlanCommand(): Command {
  const command = withPlanOptions(
    defineCommand('plan', 'look for missing files everywhere, and decide; writes only the plan'),
  );
  return withAction<RecoveryFlags>(command, async (input) =>
    (await import('./plan.js')).recoveryPlanCommand(input),
  );
}

export function withPlanOptions(command: Command): Command {
  return withStoreOptions(command)
    .option('--type <type...>', 'only artifacts of these types (default: those of recovery.types)')
    .option(
      '--archives <n>',
      'how many archives of each series, the newest first, or all (default: 2)',
      archives,
    )
    .option('--scan-unlisted', 'read archives that have no listing, once')
    .option('--retry-unrecoverable', 'look again for files that are marked as unrecoverable')
    .option('--out <file>', 'where the plan goes (default: .salvor/plan.json)');
}

export function withStoreOptions(command: Command): Command {
  return command
    .option('--endpoint-url <url>', 'another S3 server than AWS')
    .option('--region <name>', 'the region of the bucket')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .option(...MAX_MEMORY);
}

function archives(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usageFailure('usage.invalid', `${JSON.stringify(text)} is neither a number from 1 nor all`);
}
