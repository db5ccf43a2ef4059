import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { RunsListFlags, RunsShowFlags } from './flags.js';

/** `salvor runs list|show`: what ran, where, and how it ended. */
export function runsCommand(): Command {
  const list = withAction<RunsListFlags>(
    defineCommand('list', 'the runs, the newest first')
      .option('--job <name>', 'only of this job, such as "listings verify"')
      .option('--scope <scope>', 'only on this scope')
      .option('--host <name>', 'only on this host')
      .option('--status <status>', 'running, ok, partial, findings, incomplete or interrupted')
      .option('--limit <n>', 'show at most this many', wholeNumber, 20)
      .option('--after <id>', 'continue after a run, as the page before named it'),
    async (input) => (await import('./runs.js')).listRuns(input),
  );
  const show = withAction<RunsShowFlags>(
    defineCommand('show', 'one run: why it failed, its options, its summary and its findings')
      .argument('<run>', 'its id')
      .option('--code <code>', 'only findings of this code, such as file.lost')
      .option('--limit <n>', 'at most this many findings', wholeNumber, 50)
      .option('--after <cursor>', 'the findings after this cursor, which the page before gave'),
    async (input) => (await import('./runs.js')).showRun(input),
  );
  return defineCommand('runs', 'what ran, where, and how it ended').addCommand(list).addCommand(show);
}
