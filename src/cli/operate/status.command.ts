import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';

/** `salvor status`: how every job stands, from what is on record. */
export function statusCommand(): Command {
  return withAction(
    defineCommand('status', 'how every job stands, by scope and host, and what is open').addHelpText(
      'after',
      '\nIt shows and does not judge: salvor watchdog has the exit code for an alarm.',
    ),
    async (input) => (await import('./status.js')).status(input),
  );
}
