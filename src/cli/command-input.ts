import type { GlobalOptions } from './globals.js';

/** What commander hands to a command's wiring. */
export interface CommandInput<Flags = object> {
  args: string[];
  flags: Flags & GlobalOptions;
  /** The command's words, such as `listings verify`. */
  command: string;
}
