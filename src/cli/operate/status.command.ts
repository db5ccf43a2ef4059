import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';

/** `salvor status`: shows the recorded state of every job. */
export function statusCommand(): Command {
  return withAction(
    defineCommand('status', 'Show the state of every job by scope and host, and what is open', {
      examples: [['All jobs', 'salvor status']],
      notes: 'It always exits 0. For an alarm, use `salvor watchdog`.',
    }),
    async (input) => (await import('./status.js')).status(input),
  );
}
