import { type Command, Option } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import type { DrillFlags } from './flags.js';

const GIB = 1024 ** 3;
const TEN_MINUTES_MS = 600_000;

/** `salvor recovery drill`: restores a sample from the backups to prove it. */
export function recoveryDrillCommand(): Command {
  const command = withMemoryOption(
    defineCommand('drill', 'Restore a sample from the backups into a scratch directory, as proof', {
      examples: [
        ['A short one every night', 'salvor recovery drill'],
        ['A long one on Sundays', 'salvor recovery drill --max-bytes 200GB --max-duration 6h'],
      ],
      notes: 'Files with the oldest proof come first. No artifact and no backup is changed.',
    })
      .optionsGroup('Limits:')
      .addOption(
        new Option('--max-bytes <size>', 'restore at most this much')
          .argParser(parseSize)
          .default(GIB, '1GiB'),
      )
      .addOption(
        new Option('--max-duration <duration>', 'stop after this time')
          .argParser(parseDuration)
          .default(TEN_MINUTES_MS, '10m'),
      ),
  );
  return withAction<DrillFlags>(withS3Options(command), async (input) =>
    (await import('./drill.js')).drillRecoveryCommand(input),
  );
}
