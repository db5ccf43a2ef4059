import { Command } from 'commander';
import type { ExitCode } from '../core/failure.js';
import type { CommandInput } from './command-input.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import type { GlobalOptions } from './globals.js';

/** What runs behind a command; it answers with the exit code. */
export type Action<Flags> = (input: CommandInput<Flags>) => Promise<ExitCode>;

/** A command with the house's help; its action's exit code becomes the process's. */
export function defineCommand(name: string, description: string): Command {
  return new Command(name).description(description).addHelpText('after', EXIT_CODES_HELP);
}

/** Ties an action to a command: arguments flattened, the global flags merged in. */
export function withAction<Flags = object>(command: Command, action: Action<Flags>): Command {
  return command.action(async (...parameters: unknown[]) => {
    const self = parameters.at(-1) as Command;
    process.exitCode = await action({
      args: self.args,
      flags: self.optsWithGlobals<Flags & GlobalOptions>(),
      command: commandPath(self),
    });
  });
}

function commandPath(command: Command): string {
  const parent = command.parent;
  if (parent === null) return '';
  return `${commandPath(parent)} ${command.name()}`.trim();
}
