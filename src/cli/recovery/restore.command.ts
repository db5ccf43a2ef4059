import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import { MAX_MEMORY } from '../max-memory.js';
import type { RestoreFlags } from './flags.js';

/** `salvor restore`: members out of an archive. */
export function restoreCommand(): Command {
  const command = defineCommand('restore', 'bring back members of an archive, by ranged reads')
    .argument('<archive>', 'a path, file:///… or s3://… of an archive')
    .argument('[members...]', 'names in the archive, or as a listing prints them; with -C also globs')
    .option('-o, --output <file>', 'where to write it; - for stdout (default: its own name, here)')
    .option('-C, --directory <dir>', 'restore any number of members, or globs, below this directory')
    .option('--list', 'show the members that match, by the index or the listing; restore nothing')
    .option('--name-bytes <hex>', 'the name of the member as bytes, in place of MEMBER', nameBytes)
    .option('--stream', 'read the archive from its beginning: needs no index')
    .option(
      '--occurrence <n>',
      'which of several members of that name, from 1 (default: the last)',
      occurrence,
    )
    .option('--allow-unverified', 'write it also where neither a digest nor a checksum proves it')
    .option(...MAX_MEMORY)
    .option('--endpoint-url <url>', 'another S3 server than AWS')
    .option('--region <name>', 'the region of the bucket')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .addHelpText(
      'after',
      `
Nothing existing is replaced, and nothing is visible before it is verified.

  salvor restore s3://bucket/host/data.tar.gz data/runs.csv
  salvor restore --list s3://bucket/host/data.tar.gz '**/*.csv'
  salvor restore -C out s3://bucket/host/data.tar.gz 'data/2026-*/*.csv' data/runs.csv`,
    );
  return withAction<RestoreFlags>(command, async (input) => {
    const { restoreMemberCommand } = await import('./restore.js');
    return restoreMemberCommand(input);
  });
}

function occurrence(text: string): number {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw usageFailure('usage.invalid', 'members are counted from 1');
}

function nameBytes(text: string): Uint8Array {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex');
  throw usageFailure(
    'usage.invalid',
    `${text} is no name in hex digits`,
    'two digits for each byte: 63 61 66 e9 is "cafe9" without the blanks',
  );
}
