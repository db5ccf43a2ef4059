import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';

/** `salvor watchdog`: red unless every expected run is proven to have ended well, in time. */
export function watchdogCommand(): Command {
  return withAction(
    defineCommand(
      'watchdog',
      'exit 1 when an expected run never happened, is overdue, died or ended badly',
    ).addHelpText(
      'after',
      '\nIt always prints something: no output means that the watchdog itself did not run.',
    ),
    async (input) => (await import('./watchdog.js')).watch(input),
  );
}
