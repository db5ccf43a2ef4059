import type { Command } from 'commander';
import { defineCommand } from './command.js';
import { listingsBaselineCommand } from './commands/listings-baseline.js';
import { listingsVerifyCommand } from './commands/listings-verify.js';

/** Every command there is, in the order of `--help`. One file each; what they run is imported when they run. */
export function commands(): Command[] {
  return [
    group('listings', 'are the listings of the backups there?', [
      listingsVerifyCommand(),
      listingsBaselineCommand(),
    ]),
  ];
}

function group(name: string, description: string, children: readonly Command[]): Command {
  const command = defineCommand(name, description);
  for (const child of children) command.addCommand(child);
  return command;
}
