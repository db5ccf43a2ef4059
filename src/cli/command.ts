import { Command } from 'commander';
import type { ExitCode } from '../core/failure.js';
import type { CommandInput } from './command-input.js';
import type { GlobalOptions } from './globals.js';
import { type CommandHelp, setHelp } from './help/command-help.js';

/** The action of a command; returns the exit code. */
export type Action<Flags> = (input: CommandInput<Flags>) => Promise<ExitCode>;

/** A command; its action's exit code becomes the process's. */
export function defineCommand(name: string, summary: string, help: CommandHelp): Command {
  const purpose = help.notes === undefined ? `${summary}.` : `${summary}.\n\n${help.notes}`;
  return setHelp(new Command(name).summary(summary).description(purpose), help);
}

/** Commands under one noun. */
export function defineGroup(name: string, summary: string, children: readonly Command[]): Command {
  const group = new Command(name).summary(summary).description(`${summary}.`);
  for (const child of children) group.addCommand(child);
  return group;
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

/** The words that name a command, without the program. */
function commandPath(command: Command): string {
  const parent = command.parent;
  if (parent === null) return '';
  return `${commandPath(parent)} ${command.name()}`.trim();
}
