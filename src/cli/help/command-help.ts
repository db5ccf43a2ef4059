import type { Command } from 'commander';

/** An example: its purpose, and a command line that works as pasted. */
export type Example = readonly [purpose: string, commandLine: string];

/** The help of a command besides its flags. */
export interface CommandHelp {
  /** Two or three. */
  examples: readonly Example[];
  /** What users must know before running it, in one or two sentences. */
  notes?: string;
}

const HELP = new WeakMap<Command, CommandHelp>();

export function setHelp(command: Command, help: CommandHelp): Command {
  HELP.set(command, help);
  return command;
}

/** The help of each command; command groups have no examples. */
export function helpOf(command: Command): CommandHelp {
  return HELP.get(command) ?? { examples: [] };
}
