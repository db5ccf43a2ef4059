import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { WorkerFlags } from './flags.js';

/** `salvor worker`: does units of the runs that were started with --distribute. */
export function workerCommand(): Command {
  const command = defineCommand(
    'worker',
    'do parts of runs that were started with --distribute, until stopped',
  )
    .option('--roots <path...>', 'serve only these of the configured roots (default: all that are mounted)')
    .option('--concurrency <n>', 'units worked on at the same time (default: 1)', wholeNumber)
    .option('--schedule', 'also start the jobs of `schedule` in the configuration when they are due')
    .option('--print-sql', "print the queue's tables and grants for a DBA, and do nothing else")
    .option('--role <name>', 'with --print-sql: the role that workers and runs log in as', 'salvor')
    .addHelpText(
      'after',
      '\nThe first SIGTERM gives units back at the next safe point, the second ends the process at once.\n' +
        'A worker that is killed loses nothing: its units are taken up by others after some 20 seconds.',
    );
  return withAction<WorkerFlags>(command, async (input) => (await import('./worker.js')).worker(input));
}
