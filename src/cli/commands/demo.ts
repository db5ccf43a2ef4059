import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';

export interface DemoFlags {
  dir?: string;
}

/** `salvor demo`: a small world is built, and every job there is runs on it. */
export function demoCommand(): Command {
  return withAction<DemoFlags>(
    defineCommand('demo', 'build a small world with planted faults and run the jobs on it').option(
      '--dir <directory>',
      'where to build it (default: salvor-demo-UID in the temporary directory)',
    ),
    async (input) => (await import('../wiring/demo.js')).demo(input),
  );
}
