import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseRate } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { BackfillFlags } from './flags.js';

/** `salvor checksums backfill`: job 2. */
export function checksumsBackfillCommand(): Command {
  const command = withChecksumOptions(
    defineCommand('backfill', "hash every artifact's file, record it, and find what has drifted"),
  )
    .option('--on-drift <what>', 'record: write the new digest; hold: keep the old one for a decision')
    .option('--limit <n>', 'at most so many rows', wholeNumber)
    .option('--recheck-older-than <duration>', 'hash again what was hashed longer ago', parseDuration)
    .option('--stat', 'look whether the files of done rows are there with their size');
  return withAction<BackfillFlags>(command, async (input) =>
    (await import('./backfill.js')).backfillCommand(input),
  );
}

export function withChecksumOptions(command: Command): Command {
  return command
    .option('--type <type...>', 'only artifacts of these types')
    .option('--threads <n>', 'reading threads (default: one per core)', wholeNumber)
    .option('--rate <rate>', 'read at most so much per second, over all threads: 50MB/s', parseRate)
    .option('--window <window>', 'work only at these hours: 02:00-06:00')
    .option('--timezone <name>', "the window's time zone (default: the host's)")
    .option('--wait', 'outside of the window wait for it')
    .option('--batch-rows <n>', 'rows to a commit (default: 500)', wholeNumber)
    .option('--max-drift <n>', 'exit 1 when more drift than this is open (default: 0)', wholeNumber)
    .option(
      '--max-errors <n>',
      'exit 1 when more rows than this could not be hashed (default: 0)',
      wholeNumber,
    )
    .option('--dry-run', 'read and compare, write nothing')
    .option('--emit-sql <file>', 'write SQL for a person to run, in place of changing anything')
    .option('--residual <file>', 'write rows without their file to this file, a JSON object a line')
    .option('--distribute', 'hand the work to the hosts that run `salvor worker`, and wait for them')
    .option('--rate-per-worker', 'with --distribute: --rate is for each worker, not for all together');
}
