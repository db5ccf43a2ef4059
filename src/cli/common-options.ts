import { type Command, Option } from 'commander';
import { usageFailure } from '../core/failure.js';
import { parseSize } from '../core/sizes.js';

/**
 * A flag with a fixed set of values, used by help, completion and parsing. `standard` is the default if neither the flag
 * nor the configuration gives a value.
 */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
  standard?: string,
): Option {
  const words = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  const end = standard === undefined ? '' : ` (default: ${standard})`;
  return new Option(flags, `${description}: ${words}${end}`).choices(choices).argParser((text) => {
    if (choices.includes(text)) return text;
    throw usageFailure('usage.invalid', `${JSON.stringify(text)} is not one of ${choices.join(', ')}`);
  });
}

/** How to reach an S3 server. */
export function withS3Options(command: Command): Command {
  return command
    .optionsGroup('S3:')
    .option('--endpoint-url <url>', 'S3 endpoint other than AWS')
    .option('--region <name>', 'region of the bucket')
    .option('--path-style', 'use path-style addressing (bucket in the path, not in the host name)');
}

/** How much memory one archive may take. */
export function withMemoryOption(command: Command): Command {
  return command.option(
    '--max-memory <size>',
    'memory that decoding one archive may need (default: 128MiB)',
    parseSize,
  );
}
