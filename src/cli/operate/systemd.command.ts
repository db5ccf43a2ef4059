import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { SystemdFlags } from './flags.js';

/** `salvor systemd`: the drop-in and the units for a host that already has a timer. */
export function systemdCommand(): Command {
  return withAction<SystemdFlags>(
    defineCommand('systemd', 'print the units that run the verifier after an existing backup service')
      .requiredOption(
        '--after <service>',
        'the service that makes the backups; its own timer stays the only trigger (required)',
      )
      .option('--out <directory>', 'write the files below it, instead of printing them; never replaces one')
      .option('--salvor <path>', 'the installed program (default: this one)')
      .option('--user <name>', 'who the units run as (default: salvor)')
      .option('--group <name>', 'the group of the units (default: that of the user)')
      .option('--environment-file <path>', 'KEY=value lines (default: /etc/salvor/salvor.env)')
      .option(
        '--aws-credentials <path>',
        "a credentials file in the AWS SDK's format, handed over by LoadCredential",
      )
      .option('--pgpass <path>', "a password file in libpq's format, handed over by LoadCredential")
      .option('--watchdog-every <calendar>', 'as in OnCalendar= (default: hourly)'),
    async (input) => (await import('./systemd.js')).systemd(input),
  );
}
