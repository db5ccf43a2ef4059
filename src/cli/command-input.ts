import type { GlobalOptions } from './globals.js';

/** The input of a command: its arguments and flags as commander parsed them. */
export interface CommandInput<Flags = object> {
  args: string[];
  flags: Flags & GlobalOptions;
  /** The name of the command, such as `listings verify`. */
  command: string;
}
