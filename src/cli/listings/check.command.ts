import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { parseRate, parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import type { ListingsCheckFlags } from './flags.js';

/** `salvor listings check`: compares listings and indexes with the content of archives. */
export function listingsCheckCommand(): Command {
  const command = withMemoryOption(
    defineCommand('check', 'Compare listings and indexes with the content of their archives', {
      examples: [
        ['One archive', 'salvor listings check s3://bucket/backups/host/data.tar.gz'],
        [
          'Every night; each archive once per quarter',
          'salvor listings check s3://bucket/backups/ --period 90d --max-bytes 200GB',
        ],
      ],
      notes:
        'It reads the archives completely, so it finds damage that `listings verify` cannot see. An archive that does not fit within the limits is read over several runs; in zstd, xz or bzip2 only if it has an index.',
    })
      .argument(
        '<archive...>',
        'path, file:///… or s3://… of an archive; with --all or --period: of a prefix',
      )
      .optionsGroup('Selection:')
      .option('--all', 'every archive under the prefix')
      .option(
        '--period <duration>',
        'the archives under the prefix that are due; each is due once per period',
        parseDuration,
      )
      .option('--every <duration>', 'with --period: how often you run this (default: 1d)', parseDuration)
      .option('--canary <key>', 'archive that has no listing on purpose (default: as configured)')
      .optionsGroup('Limits:')
      .option('--max-bytes <size>', 'with --all or --period: stop after reading this much', parseSize)
      .option(
        '--max-duration <duration>',
        'with --all or --period: stop after this time; the next run continues',
        parseDuration,
      )
      .option('--rate <rate>', 'limit read throughput, e.g. 50MB/s', parseRate),
  )
    .optionsGroup('Registry:')
    .option('--no-registry', 'with --all or --period: run without a registry (no lock, no record)');
  return withAction<ListingsCheckFlags>(withS3Options(command), async (input) => {
    const { checkListingsCommand } = await import('./check.js');
    return checkListingsCommand(input);
  });
}
