import type { Command } from 'commander';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { MAX_MEMORY } from '../max-memory.js';
import type { ListingsTeeFlags } from './flags.js';

/** `salvor listings tee`: a listing and an index while the backup is made. */
export function listingsTeeCommand(): Command {
  const command = defineCommand(
    'tee',
    'pass an archive from stdin to stdout, and write its listing and index meanwhile',
  )
    .requiredOption('--listing <file>', 'where the listing is written (required)')
    .option('--index <file>', 'where the index is written')
    .option(
      '--span <size>',
      'uncompressed bytes between two checkpoints of the index (default: 8MiB)',
      parseSize,
    )
    .option(...MAX_MEMORY)
    .addHelpText(
      'after',
      `
The bytes pass through unchanged and at once, whatever becomes of the listing: a failure is told at the end.
  tar -cz /data | salvor listings tee --listing a.tar.gz.list.txt --index a.tar.gz.salvor-index | aws s3 cp - s3://…`,
    );
  return withAction<ListingsTeeFlags>(command, async (input) => {
    const { teeListingCommand } = await import('./tee.js');
    return teeListingCommand(input);
  });
}
