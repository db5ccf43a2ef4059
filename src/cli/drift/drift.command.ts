import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { DriftDecideFlags, DriftListFlags } from './flags.js';

/** `salvor drift list|show|accept|reject`: files that are not what was recorded, and what a person says to it. */
export function driftCommand(): Command {
  const list = withAction<DriftListFlags>(
    defineCommand('list', 'recorded digests that files contradict, the newest first')
      .option('--state <state>', 'open, accepted, rejected, returned, superseded or all', 'open')
      .option('--artifact <id>', 'only of this artifact')
      .option('--type <type...>', 'only of these artifact types')
      .option('--limit <n>', 'show at most this many', wholeNumber, 1000)
      .option('--after <id>', 'continue after an entry, as the page before named it'),
    async (input) => (await import('./drift.js')).listDrift(input),
  );
  const show = withAction(
    defineCommand('show', 'one entry with all that is known').argument('<id>', 'its number'),
    async (input) => (await import('./drift.js')).showDrift(input),
  );
  return defineCommand('drift', 'files that are not what was recorded')
    .addCommand(list)
    .addCommand(show)
    .addCommand(decision('accept', 'the new content is right: record it, close the entry'))
    .addCommand(decision('reject', 'the new content is wrong: restore what was recorded, flag the file'));
}

function decision(name: 'accept' | 'reject', description: string): Command {
  return withAction<DriftDecideFlags>(
    defineCommand(name, description)
      .argument('[id...]', 'numbers of entries')
      .option('--class <class>', 'all open entries of this class: rewritten, corrupt, unknown or recorded')
      .option('--under <prefix>', 'all open entries whose path begins with this: figures/')
      .option('--run <id>', 'all open entries that this run saw last')
      .option('--type <type...>', 'all open entries of these artifact types')
      .option('--yes', 'do it; without it, entries that are not named by number are only listed')
      .option('--note <text>', 'why; kept with the entry and in the journal, required above 50 entries'),
    async (input) => (await import('./drift-decide.js')).decideDrift(name, input),
  );
}
