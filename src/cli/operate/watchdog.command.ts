import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { ForgetFlags } from './flags.js';

/** `salvor watchdog`: red unless every expected run is proven to have ended well, in time. */
export function watchdogCommand(): Command {
  const forget = withAction<ForgetFlags>(
    defineCommand('forget', 'no longer expect runs on a scope that is gone, and end its open findings')
      .argument('<scope>', 'as `salvor status` shows it')
      .option('--job <name>', 'only of this job (default: every job that ran on the scope)')
      .option('--reason <text>', 'kept with the record of who did it'),
    async (input) => (await import('./watchdog.js')).forgetScope(input),
  );
  return withAction(
    defineCommand(
      'watchdog',
      'exit 1 when an expected run never happened, is overdue, died or ended badly',
    ).addHelpText(
      'after',
      '\nIt always prints something: no output means that the watchdog itself did not run.',
    ),
    async (input) => (await import('./watchdog.js')).watch(input),
  ).addCommand(forget);
}
