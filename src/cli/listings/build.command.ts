import type { Command } from 'commander';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import { MAX_MEMORY } from '../max-memory.js';
import type { ListingsBuildFlags } from './flags.js';

/** `salvor listings build`: a listing and an index for archives that have none. */
export function listingsBuildCommand(): Command {
  const command = defineCommand('build', 'write the listing and the index of archives, in one pass over each')
    .argument('<archive...>', 'a path, file:///… or s3://… of an archive; with --missing: of a prefix')
    .option('--missing', 'every archive under the prefix that has no good listing, or no index')
    .option('--out <dir>', 'write into this directory (default: the working directory)')
    .option('--upload', 'write beside the archive, in its own store (default with --missing)')
    .option('--replace', 'with --upload: overwrite a listing and an index that are there')
    .option('--no-index', 'write the listing only')
    .option(
      '--span <size>',
      'uncompressed bytes between two checkpoints of the index (default: 8MiB)',
      parseSize,
    )
    .option('--dry-run', 'say what would be written, and write nothing')
    .option(
      '--canary <key>',
      'an archive that must stay without a listing (default: those of the configuration)',
    )
    .option('--concurrency <n>', 'archives worked on at the same time (default: 2)', wholeNumber)
    .option('--distribute', 'with --missing: hand the work to the hosts that run `salvor worker`')
    .option(...MAX_MEMORY)
    .option('--endpoint-url <url>', 'another S3 server than AWS')
    .option('--region <name>', 'the region of the bucket')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .option('--no-registry', 'with --missing: work without a registry: no lock, no record');
  return withAction<ListingsBuildFlags>(command, async (input) => {
    const { buildListingsCommand } = await import('./build.js');
    return buildListingsCommand(input);
  });
}
