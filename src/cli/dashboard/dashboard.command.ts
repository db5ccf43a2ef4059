import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { DashboardFlags } from './flags.js';

/** `salvor dashboard`: how everything stands, in a browser, and what waits for a person. */
export function dashboardCommand(): Command {
  return withAction<DashboardFlags>(
    defineCommand('dashboard', 'how everything stands, in a browser, and what waits for a person')
      .option('--listen <host:port>', 'where to listen (default: dashboard.listen, else 127.0.0.1:7878)')
      .option('--read-only', 'decide nothing here; also with registry.mode: readonly')
      .addHelpText(
        'after',
        '\nThe link that it prints signs in once, within 15 minutes. It serves until it is stopped; that is exit 0.',
      ),
    async (input) => (await import('./dashboard.js')).dashboard(input),
  );
}
