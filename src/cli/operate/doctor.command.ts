import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { DoctorFlags } from './flags.js';

/** `salvor doctor`: checks everything that the jobs need. */
export function doctorCommand(): Command {
  return withAction<DoctorFlags>(
    defineCommand('doctor', 'Check everything in the configuration and suggest fixes', {
      examples: [
        ['After every change to salvor.yaml', 'salvor doctor'],
        ['SQL for a DBA: tables and minimal grants', 'salvor doctor --print-sql --role salvor'],
      ],
      notes: 'It tries what the jobs will do (read, list, write, link) and undoes each attempt.',
    })
      .option('--print-sql', "print Salvor's tables and minimal grants as SQL, and do nothing else")
      .option('--role <name>', 'with --print-sql: role for the grants (default: the user of registry.url)'),
    async (input) => (await import('./doctor.js')).doctor(input),
  );
}
