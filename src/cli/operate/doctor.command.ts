import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { DoctorFlags } from './flags.js';

/** `salvor doctor`: everything that a job will need, tried now. */
export function doctorCommand(): Command {
  return withAction<DoctorFlags>(
    defineCommand(
      'doctor',
      'try everything that the configuration names, and say how to fix what does not work',
    )
      .option(
        '--print-sql',
        "print Salvor's tables and the least grants as SQL for a DBA, and do nothing else",
      )
      .option(
        '--role <name>',
        'the role that the printed grants are for (default: the user of registry.url)',
      ),
    async (input) => (await import('./doctor.js')).doctor(input),
  );
}
