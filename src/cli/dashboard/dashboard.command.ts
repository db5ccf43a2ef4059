import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { DashboardFlags } from './flags.js';

/** `salvor dashboard`: state and decisions, in a browser. */
export function dashboardCommand(): Command {
  return withAction<DashboardFlags>(
    defineCommand('dashboard', 'Serve the dashboard: state, findings and decisions in a browser', {
      examples: [
        ['On this host only', 'salvor dashboard'],
        ['For colleagues, who can look but not decide', 'salvor dashboard --listen 0.0.0.0:7878 --read-only'],
      ],
      notes:
        'It prints a link that signs in once, within 15 minutes. It serves until stopped with Ctrl-C or SIGTERM, which is exit 0.',
    })
      .option('--listen <host:port>', 'address to listen on (default: dashboard.listen, else 127.0.0.1:7878)')
      .option('--read-only', 'allow no decisions; always so with registry.mode: readonly'),
    async (input) => (await import('./dashboard.js')).dashboard(input),
  );
}
