import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { ForgetFlags } from './flags.js';

/** `salvor watchdog`: red unless every expected run is known to have succeeded in time. */
export function watchdogCommand(): Command {
  const forget = withAction<ForgetFlags>(
    defineCommand('forget', 'Stop expecting runs on a scope that is gone, and end its open findings', {
      examples: [
        [
          'A bucket that was deleted',
          "salvor watchdog forget s3://old-bucket/backups/ --reason 'host retired'",
        ],
      ],
    })
      .argument('<scope>', 'as `salvor status` shows it')
      .option('--job <name>', 'only this job (default: every job that ran on the scope)')
      .option('--reason <text>', 'why; kept on record with who did it'),
    async (input) => (await import('./watchdog.js')).forgetScope(input),
  );
  return withAction(
    defineCommand('watchdog', 'Exit 1 when an expected run is missing, overdue, dead or failed', {
      examples: [['From a timer, every hour', 'salvor watchdog']],
      notes: 'It always prints something. No output means that the watchdog itself did not run.',
    }),
    async (input) => (await import('./watchdog.js')).watch(input),
  ).addCommand(forget);
}
