import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { DemoFlags } from './flags.js';

/** `salvor demo`: a small world is built, every job there is runs on it, and the dashboard opens. */
export function demoCommand(): Command {
  return withAction<DemoFlags>(
    defineCommand('demo', 'build a small world with planted faults, run the jobs on it, open the dashboard')
      .option('--dir <directory>', 'where to build it (default: salvor-demo-UID in the temporary directory)')
      .option(
        '--listen <host:port>',
        'where the dashboard listens (default: 127.0.0.1:7878, or a free port if that is taken)',
      )
      .option('--no-serve', 'end after the jobs, without the dashboard; for scripts')
      .addHelpText(
        'after',
        '\nThe dashboard is open until it is stopped by Ctrl-C or SIGTERM, and that is exit 0; a stop before is 130 or 143.',
      ),
    async (input) => (await import('./demo.js')).demo(input),
  );
}
