import type { Command } from 'commander';

/** A command line that works as pasted, and what it is for. */
export type Example = readonly [purpose: string, commandLine: string];

/** What the help of a command says beyond its flags. */
export interface CommandHelp {
  /** Two or three. */
  examples: readonly Example[];
  /** What a user must know before running it: a sentence or two. */
  notes?: string;
}

const HELP = new WeakMap<Command, CommandHelp>();

export function setHelp(command: Command, help: CommandHelp): Command {
  HELP.set(command, help);
  return command;
}

/** The help of a command; a group of commands has no examples of its own. */
export function helpOf(command: Command): CommandHelp {
  return HELP.get(command) ?? { examples: [] };
}
