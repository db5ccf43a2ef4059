import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { parseSize } from '../../core/sizes.js';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { RestoreFlags } from './flags.js';

/** `salvor restore`: one member out of an archive. */
export function restoreCommand(): Command {
  const command = defineCommand('restore', 'bring back one member of an archive, by ranged reads')
    .argument('<archive>', 'a path, file:///… or s3://… of an archive')
    .argument('<member>', 'its name in the listing; a leading ./ does not matter')
    .option('-o, --output <file>', 'where to write it; - for stdout (default: its own name, here)')
    .option('--stream', 'read the archive from its beginning: needs no index')
    .option(
      '--occurrence <n>',
      'which of several members of that name, from 1 (default: the last)',
      occurrence,
    )
    .option('--allow-unverified', 'write it also where neither a digest nor a checksum proves it')
    .option('--max-memory <size>', 'memory that decoding one archive may need (default: 128MiB)', parseSize)
    .option('--endpoint-url <url>', 'another S3 server than AWS')
    .option('--region <name>', 'the region of the bucket')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .addHelpText('after', '\nNothing existing is replaced, and nothing is visible before it is verified.');
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
