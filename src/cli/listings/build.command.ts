import type { Command } from 'commander';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import { wholeNumber } from '../globals.js';
import type { ListingsBuildFlags } from './flags.js';

/** `salvor listings build`: writes missing listings and indexes. */
export function listingsBuildCommand(): Command {
  const command = withMemoryOption(
    defineCommand('build', 'Write the listing and the index of archives, reading each archive once', {
      examples: [
        ['See which archives lack one', 'salvor listings build s3://bucket/backups/ --missing --dry-run'],
        ['Write what is missing', 'salvor listings build s3://bucket/backups/ --missing'],
        ['For one local archive, into this directory', 'salvor listings build data.tar.gz'],
      ],
    })
      .argument('<archive...>', 'path, file:///… or s3://… of an archive; with --missing: of a prefix')
      .optionsGroup('What to write:')
      .option('--missing', 'every archive under the prefix that lacks a good listing or an index')
      .option('--no-index', 'write only the listing')
      .option(
        '--span <size>',
        'uncompressed bytes between two checkpoints of the index (default: 8MiB)',
        parseSize,
      )
      .option('--canary <key>', 'archive that must stay without a listing (default: as configured)')
      .optionsGroup('Where to write:')
      .option('--out <dir>', 'write into this directory (default: the working directory)')
      .option('--upload', 'write next to the archive, in its own store (default with --missing)')
      .option('--replace', 'with --upload: overwrite an existing listing and index')
      .option('--dry-run', 'show what would be written, and write nothing')
      .optionsGroup('Performance:')
      .option('--concurrency <n>', 'archives processed at the same time (default: 2)', wholeNumber)
      .option('--distribute', 'with --missing: let the hosts that run `salvor worker` do the work'),
  )
    .optionsGroup('Registry:')
    .option('--no-registry', 'with --missing: run without a registry (no lock, no record)');
  return withAction<ListingsBuildFlags>(withS3Options(command), async (input) => {
    const { buildListingsCommand } = await import('./build.js');
    return buildListingsCommand(input);
  });
}
