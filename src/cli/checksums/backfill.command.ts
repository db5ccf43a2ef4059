import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseRate } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { choiceOption } from '../common-options.js';
import { wholeNumber } from '../globals.js';
import type { BackfillFlags } from './flags.js';

/** `salvor checksums backfill`: job 2. */
export function checksumsBackfillCommand(): Command {
  const command = withChecksumOptions(
    defineCommand('backfill', 'Hash every registered file, record the digests, and report drift', {
      examples: [
        ['See what would be recorded', 'salvor checksums backfill --dry-run'],
        [
          'At night, and gently',
          "salvor checksums backfill --rate 50MB/s --window 02:00-06:00 --timezone 'America/Los_Angeles'",
        ],
        ['Files of one type only', 'salvor checksums backfill --type dataset --limit 1000'],
      ],
      notes: 'It resumes where it stopped. Files that already have a digest are not read again.',
    })
      .optionsGroup('Selection:')
      .option('--limit <n>', 'process at most this many rows', wholeNumber)
      .option(
        '--recheck-older-than <duration>',
        'also read files again that were hashed longer ago than this',
        parseDuration,
      )
      .option('--stat', 'for rows already hashed, check that the file exists and its size matches')
      .addOption(
        choiceOption('--on-drift <what>', 'replace the recorded digest, or hold it until someone decides', [
          'record',
          'hold',
        ]),
      ),
  );
  return withAction<BackfillFlags>(command, async (input) =>
    (await import('./backfill.js')).backfillCommand(input),
  );
}

export function withChecksumOptions(command: Command): Command {
  return command
    .optionsGroup('Selection:')
    .option('--type <type...>', 'only artifacts of these types')
    .optionsGroup('Limits:')
    .option('--rate <rate>', 'limit total read throughput across all threads, e.g. 50MB/s', parseRate)
    .option('--window <window>', 'work only during these hours, e.g. 02:00-06:00')
    .option('--timezone <name>', "time zone of the window (default: the host's)")
    .option('--wait', 'wait for the window to open instead of failing')
    .option('--threads <n>', 'reading threads (default: one per core)', wholeNumber)
    .option('--batch-rows <n>', 'rows per commit (default: 500)', wholeNumber)
    .optionsGroup('Thresholds:')
    .option('--max-drift <n>', 'exit 1 when more drift than this is open (default: 0)', wholeNumber)
    .option(
      '--max-errors <n>',
      'exit 1 when more rows than this could not be hashed (default: 0)',
      wholeNumber,
    )
    .optionsGroup('Output:')
    .option('--dry-run', 'read and compare, but write nothing')
    .option('--emit-sql <file>', 'write SQL to FILE for someone to run, and change nothing')
    .option('--residual <file>', 'write rows with no file to FILE as NDJSON')
    .optionsGroup('Workers:')
    .option('--distribute', 'let the hosts that run `salvor worker` do the work, and wait for them')
    .option('--rate-per-worker', 'with --distribute: --rate applies to each worker, not to all together');
}
