import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { WorkerFlags } from './flags.js';

/** `salvor worker`: processes units of runs that were started with --distribute. */
export function workerCommand(): Command {
  const command = defineCommand('worker', 'Process work units from distributed runs until stopped', {
    examples: [
      ['On each host that mounts the files', 'salvor worker'],
      ['Also start the jobs of `schedule` in salvor.yaml', 'salvor worker --schedule'],
      ['SQL for a DBA: the tables of the queue, and grants', 'salvor worker --print-sql --role salvor'],
    ],
    notes:
      'The first SIGTERM returns units at the next safe point, the second ends the process at once. If a worker is killed, nothing is lost: other workers take over its units after about 20 seconds.',
  })
    .option('--roots <path...>', 'serve only these of the configured roots (default: all that are mounted)')
    .option('--concurrency <n>', 'units processed at the same time (default: 1)', wholeNumber)
    .option('--schedule', 'also start the jobs of `schedule` in the configuration when they are due')
    .optionsGroup('Setup:')
    .option('--print-sql', 'print the tables and grants of the queue as SQL, and do nothing else')
    .option('--role <name>', 'with --print-sql: role that workers and runs log in as', 'salvor');
  return withAction<WorkerFlags>(command, async (input) => (await import('./worker.js')).worker(input));
}
