import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { JournalLogFlags, JournalUndoFlags } from './flags.js';

/** `salvor journal log|show|undo|settle`: every change to the registry, and the way back. */
export function journalCommand(): Command {
  const log = withAction<JournalLogFlags>(
    defineCommand('log', 'changes to the registry, the newest first')
      .option('--run <id>', 'only of this run')
      .option('--artifact <id>', 'only of this artifact')
      .option('--action <name>', 'only of this kind, such as checksum, drift, bind, undo')
      .option('--limit <n>', 'show at most this many', wholeNumber, 100)
      .option('--after <id>', 'continue after an entry, as the page before named it'),
    async (input) => (await import('./journal.js')).journalLog(input),
  );
  const show = withAction(
    defineCommand('show', 'one entry with what was before and after').argument('<id>', 'its number'),
    async (input) => (await import('./journal.js')).journalShow(input),
  );
  const undo = withAction<JournalUndoFlags>(
    defineCommand('undo', 'take back a run or one entry; what changed since is left alone')
      .argument('<run-or-id>', 'the id of a run, or the number of an entry')
      .option('--yes', 'do not ask')
      .option('--reason <text>', 'why; kept in the journal'),
    async (input) => (await import('./journal.js')).journalUndo(input),
  );
  const settle = withAction(
    defineCommand('settle', 'check which scripts for a read-only registry have been run'),
    async (input) => (await import('./settle.js')).journalSettle(input),
  );
  return defineCommand('journal', 'every change to the registry, and the way back')
    .addCommand(log)
    .addCommand(show)
    .addCommand(undo)
    .addCommand(settle);
}
