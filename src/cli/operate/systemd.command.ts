import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { SystemdFlags } from './flags.js';

/** `salvor systemd`: prints the drop-in and the units for a host that already has a backup timer. */
export function systemdCommand(): Command {
  return withAction<SystemdFlags>(
    defineCommand('systemd', 'Print systemd units that verify after an existing backup service', {
      examples: [
        ['Print them', 'salvor systemd --after backup.service'],
        ['Write them', 'salvor systemd --after backup.service --out /etc/systemd/system'],
      ],
      notes: 'The timer of the backup service stays the only trigger. No existing file is replaced.',
    })
      .requiredOption('--after <service>', 'service that makes the backups (required)')
      .option('--out <dir>', 'write the files into DIR instead of printing them')
      .optionsGroup('Contents of the units:')
      .option('--salvor <path>', 'path of the installed program (default: this one)')
      .option('--user <name>', 'account that the units run as (default: salvor)')
      .option('--group <name>', 'group of the units (default: that of the user)')
      .option('--environment-file <path>', 'file with KEY=value lines (default: /etc/salvor/salvor.env)')
      .option('--aws-credentials <path>', 'AWS credentials file, passed with LoadCredential')
      .option('--pgpass <path>', 'libpq password file, passed with LoadCredential')
      .option('--watchdog-every <calendar>', 'OnCalendar= of the watchdog (default: hourly)'),
    async (input) => (await import('./systemd.js')).systemd(input),
  );
}
