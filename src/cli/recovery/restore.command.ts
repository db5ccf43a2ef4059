import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import { wholeNumber } from '../globals.js';
import type { RestoreFlags } from './flags.js';

/** `salvor restore`: restores members of an archive. */
export function restoreCommand(): Command {
  const command = withMemoryOption(
    defineCommand('restore', 'Restore members of an archive, reading only the parts that are needed', {
      examples: [
        ['One file, into this directory', 'salvor restore s3://bucket/host/data.tar.gz data/runs.csv'],
        ['What would match', "salvor restore --list s3://bucket/host/data.tar.gz '**/*.csv'"],
        [
          'Many files, below a directory',
          "salvor restore -C out s3://bucket/host/data.tar.gz 'data/2026-*/*.csv' data/runs.csv",
        ],
      ],
      notes: 'No existing file is replaced, and no file appears before it is verified.',
    })
      .argument('<archive>', 'path, file:///… or s3://… of an archive')
      .argument('[members...]', 'names in the archive, or as a listing prints them; with -C also globs')
      .optionsGroup('Where to write:')
      .option('-o, --output <file>', 'file to write; - for stdout (default: its own name, in this directory)')
      .option('-C, --directory <dir>', 'restore any number of members or globs below this directory')
      .optionsGroup('Which member:')
      .option('--list', 'list the members that match, and restore nothing')
      .option('--name-bytes <hex>', 'name of the member as hex bytes, instead of MEMBER', nameBytes)
      .option(
        '--occurrence <n>',
        'which of several members with this name, from 1 (default: the last)',
        occurrence,
      )
      .optionsGroup('How to read:')
      .option('--stream', 'read the archive from its beginning; needs no index')
      .option(
        '--max-holes <size>',
        'holes of sparse files that are filled with zeros (default: 1TiB)',
        parseSize,
      )
      .option('--allow-unverified', 'write members even if no digest or checksum can verify them'),
  );
  return withAction<RestoreFlags>(withS3Options(command), async (input) => {
    const { restoreMemberCommand } = await import('./restore.js');
    return restoreMemberCommand(input);
  });
}

function occurrence(text: string): number {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw usageFailure('usage.invalid', 'occurrences are counted from 1');
}

function nameBytes(text: string): Uint8Array {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex');
  throw usageFailure(
    'usage.invalid',
    `${text} is not a name in hex digits`,
    'two digits per byte: 636166c3a9 is "café"',
  );
}
