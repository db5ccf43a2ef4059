import type { Command } from 'commander';
import { defineCommand, defineGroup, withAction } from '../command.js';
import { choiceOption } from '../common-options.js';
import { wholeNumber } from '../globals.js';
import { RUN_STATES, type RunsListFlags, type RunsShowFlags } from './flags.js';

/** `salvor runs list|show`: lists runs and how they ended. */
export function runsCommand(): Command {
  const list = withAction<RunsListFlags>(
    defineCommand('list', 'List runs, newest first', {
      examples: [
        ['The last 20', 'salvor runs list'],
        ['What is running now', 'salvor runs list --status running'],
        ['One job on one scope', "salvor runs list --job 'listings verify' --scope s3://bucket/backups/"],
      ],
    })
      .option('--job <name>', 'only this job, e.g. "listings verify"')
      .option('--scope <scope>', 'only this scope')
      .option('--host <name>', 'only this host')
      .addOption(choiceOption('--status <status>', 'only runs with this status', RUN_STATES))
      .option('--limit <n>', 'show at most this many', wholeNumber, 20)
      .option('--after <id>', 'continue after this run, as named at the end of the previous page'),
    async (input) => (await import('./runs.js')).listRuns(input),
  );
  const show = withAction<RunsShowFlags>(
    defineCommand('show', 'Show one run: why it failed, options, summary and findings', {
      examples: [
        ['One run', 'salvor runs show 0b9c7f8e-5a53-4c5e-9f0e-2f6f0d9c1a11'],
        ['Only lost files', 'salvor runs show 0b9c7f8e-5a53-4c5e-9f0e-2f6f0d9c1a11 --code file.lost'],
      ],
    })
      .argument('<run>', 'id of the run')
      .option('--code <code>', 'only findings with this code, e.g. file.lost')
      .option('--limit <n>', 'show at most this many findings', wholeNumber, 50)
      .option('--after <cursor>', 'continue after this cursor, as named at the end of the previous page'),
    async (input) => (await import('./runs.js')).showRun(input),
  );
  return defineGroup('runs', 'List runs and show how they ended', [list, show]);
}
