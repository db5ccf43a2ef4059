import { type Command, Option } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import type { DrillFlags } from './flags.js';
import { withStoreOptions } from './plan.command.js';

const GIB = 1024 ** 3;
const TEN_MINUTES_MS = 600_000;

/** `salvor recovery drill`: restores a sample from the backups to prove it. */
export function recoveryDrillCommand(): Command {
  const command = withStoreOptions(
    defineCommand(
      'drill',
      'restore a sample from the backups into a scratch folder, to prove that it can be',
    ),
  )
    .addOption(
      new Option('--max-bytes <size>', 'restore at most so much').argParser(parseSize).default(GIB, '1GiB'),
    )
    .addOption(
      new Option('--max-duration <duration>', 'go on for at most so long')
        .argParser(parseDuration)
        .default(TEN_MINUTES_MS, '10m'),
    )
    .addHelpText('after', '\nThe oldest proof first. No artifact, and nothing in the backups, is changed.');
  return withAction<DrillFlags>(command, async (input) =>
    (await import('./drill.js')).recoveryDrillCommand(input),
  );
}
