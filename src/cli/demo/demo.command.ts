import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { DemoFlags } from './flags.js';

/** `salvor demo`: builds sample data, runs every job on it, and opens the dashboard. */
export function demoCommand(): Command {
  return withAction<DemoFlags>(
    defineCommand('demo', 'Build sample data with planted faults, run every job on it, open the dashboard', {
      examples: [
        ['The tour, then the dashboard', 'salvor demo'],
        ['The tour only, for scripts', 'salvor demo --no-serve'],
      ],
      notes:
        'It uses its own PostgreSQL and S3 server in a temporary directory. Ctrl-C or SIGTERM ends it: exit 0 while the dashboard is open, 130 or 143 before.',
    })
      .option('--dir <dir>', 'where to build it (default: salvor-demo-UID in the temporary directory)')
      .option(
        '--listen <host:port>',
        'address of the dashboard (default: 127.0.0.1:7878, or a free port if that is taken)',
      )
      .option('--no-serve', 'exit after the tour, without the dashboard'),
    async (input) => (await import('./demo.js')).demo(input),
  );
}
