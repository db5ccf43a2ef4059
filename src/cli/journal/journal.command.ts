import type { Command } from 'commander';
import { defineCommand, defineGroup, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { JournalLogFlags, JournalUndoFlags } from './flags.js';

/** `salvor journal log|show|undo|settle`: lists and reverses changes to the registry. */
export function journalCommand(): Command {
  const log = withAction<JournalLogFlags>(
    defineCommand('log', 'List changes to the registry, newest first', {
      examples: [
        ['The last 20', 'salvor journal log --limit 20'],
        ['Every recovered file', 'salvor journal log --action bind'],
      ],
    })
      .option('--run <id>', 'only changes made by this run')
      .option('--artifact <id>', 'only changes to this artifact')
      .option('--action <name>', 'only this kind of change, e.g. checksum, drift, bind or undo')
      .option('--limit <n>', 'show at most this many', wholeNumber, 100)
      .option('--after <id>', 'continue after this entry, as named at the end of the previous page'),
    async (input) => (await import('./journal.js')).journalLog(input),
  );
  const show = withAction(
    defineCommand('show', 'Show one change: the row before and after', {
      examples: [['One change', 'salvor journal show 345']],
    }).argument('<id>', 'number of the entry'),
    async (input) => (await import('./journal.js')).journalShow(input),
  );
  const undo = withAction<JournalUndoFlags>(
    defineCommand('undo', 'Reverse a run or one change; rows that changed since are left alone', {
      examples: [
        ['One change', "salvor journal undo 345 --reason 'wrong file'"],
        [
          'Everything a run wrote, without asking',
          'salvor journal undo 0b9c7f8e-5a53-4c5e-9f0e-2f6f0d9c1a11 --yes',
        ],
      ],
      notes: 'An undo is itself a change, and can be undone.',
    })
      .argument('<run-or-id>', 'id of a run, or number of an entry')
      .option('--yes', 'do not ask for confirmation')
      .option('--reason <text>', 'why; kept in the journal'),
    async (input) => (await import('./journal.js')).journalUndo(input),
  );
  const settle = withAction(
    defineCommand('settle', 'Check which SQL scripts for a read-only registry have been run', {
      examples: [['After someone ran the scripts', 'salvor journal settle']],
    }),
    async (input) => (await import('./settle.js')).journalSettle(input),
  );
  return defineGroup('journal', 'List, show and undo changes to the registry', [log, show, undo, settle]);
}
