import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withChecksumOptions } from './backfill.command.js';
import type { ScrubFlags } from './flags.js';

/** `salvor checksums verify`: the scrub. */
export function checksumsVerifyCommand(): Command {
  const command = withChecksumOptions(
    defineCommand('verify', 'Read hashed files again, those verified longest ago first', {
      examples: [
        ['One hour every night', 'salvor checksums verify --max-duration 1h --rate 50MB/s'],
        [
          'Warn when a full pass takes longer than a month',
          'salvor checksums verify --max-bytes 500GB --period 30d',
        ],
      ],
      notes: 'A file too large for one run is read in parts; the next run continues it.',
    })
      .optionsGroup('Limits:')
      .option('--max-duration <duration>', 'stop after this time', parseDuration)
      .option('--max-bytes <size>', 'stop after reading this many bytes', parseSize)
      .optionsGroup('Thresholds:')
      .option(
        '--period <duration>',
        'warn when a file goes unread for longer than this (default: 90d)',
        parseDuration,
      ),
  );
  return withAction<ScrubFlags>(command, async (input) => (await import('./verify.js')).scrubCommand(input));
}
