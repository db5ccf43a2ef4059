import type { Command } from 'commander';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption } from '../common-options.js';
import type { ListingsTeeFlags } from './flags.js';

/** `salvor listings tee`: writes listing and index while the backup is made. */
export function listingsTeeCommand(): Command {
  const command = defineCommand(
    'tee',
    'Copy an archive from stdin to stdout, and write its listing and index',
    {
      examples: [
        [
          'In a backup script, between tar and the upload',
          'tar -cz /data | salvor listings tee --listing a.tar.gz.list.txt --index a.tar.gz.salvor-index | aws s3 cp - s3://bucket/a.tar.gz',
        ],
      ],
      notes:
        'The bytes pass through unchanged and without delay. If the listing cannot be written, the copy still completes, and the error is reported at the end.',
    },
  )
    .requiredOption('--listing <file>', 'where to write the listing (required)')
    .option('--index <file>', 'where to write the index')
    .option(
      '--span <size>',
      'uncompressed bytes between two checkpoints of the index (default: 8MiB)',
      parseSize,
    );
  return withAction<ListingsTeeFlags>(withMemoryOption(command), async (input) => {
    const { teeListingCommand } = await import('./tee.js');
    return teeListingCommand(input);
  });
}
