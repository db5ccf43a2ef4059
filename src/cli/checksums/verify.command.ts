import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withChecksumOptions } from './backfill.command.js';
import type { ScrubFlags } from './flags.js';

/** `salvor checksums verify`: the scrub. */
export function checksumsVerifyCommand(): Command {
  const command = withChecksumOptions(
    defineCommand('verify', 'read again what was hashed, the longest unverified first'),
  )
    .option('--max-duration <duration>', 'stop after this time', parseDuration)
    .option('--max-bytes <size>', 'stop after so many bytes', parseSize)
    .option(
      '--period <duration>',
      'warn when not every file is read within this (default: 90d)',
      parseDuration,
    );
  return withAction<ScrubFlags>(command, async (input) => (await import('./verify.js')).scrubCommand(input));
}
