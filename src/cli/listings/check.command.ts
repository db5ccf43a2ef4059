import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { MAX_MEMORY } from '../max-memory.js';
import type { ListingsCheckFlags } from './flags.js';

/** `salvor listings check`: listing and index against the content. */
export function listingsCheckCommand(): Command {
  const command = defineCommand('check', 'compare listings and indexes with the content of their archives')
    .argument(
      '<archive...>',
      'a path, file:///… or s3://… of an archive; with --all or --period: of a prefix',
    )
    .option('--all', 'every archive under the prefix')
    .option(
      '--period <duration>',
      'the archives under the prefix that are due: each comes round once in so long',
      parseDuration,
    )
    .option('--every <duration>', 'how often this is run (default: 1d)', parseDuration)
    .option('--max-bytes <size>', 'with --all or --period: read no more than this in one run', parseSize)
    .option(
      '--max-duration <duration>',
      'with --all or --period: take no longer; archives that had no turn are left to another run',
      parseDuration,
    )
    .option(
      '--canary <key>',
      'an archive that has no listing on purpose (default: those of the configuration)',
    )
    .option(...MAX_MEMORY)
    .option('--endpoint-url <url>', 'another S3 server than AWS')
    .option('--region <name>', 'the region of the bucket')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .option('--no-registry', 'with --all or --period: work without a registry: no lock, no record');
  return withAction<ListingsCheckFlags>(command, async (input) => {
    const { checkListingsCommand } = await import('./check.js');
    return checkListingsCommand(input);
  });
}
