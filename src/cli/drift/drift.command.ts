import type { Command } from 'commander';
import { DRIFT_CLASSES, DRIFT_STATES } from '../../registry/drift/drift-port.js';
import { defineCommand, defineGroup, withAction } from '../command.js';
import { choiceOption } from '../common-options.js';
import { wholeNumber } from '../globals.js';
import type { CommandHelp } from '../help/command-help.js';
import type { DriftDecideFlags, DriftListFlags } from './flags.js';

/** `salvor drift list|show|accept|reject`: files that differ from what was recorded, and decisions about them. */
export function driftCommand(): Command {
  const list = withAction<DriftListFlags>(
    defineCommand('list', 'List files whose content differs from the recorded digest, newest first', {
      examples: [
        ['What needs a decision', 'salvor drift list'],
        ['All entries of one artifact', 'salvor drift list --artifact 4711 --state all'],
      ],
    })
      .addOption(
        choiceOption('--state <state>', 'only entries in this state', [...DRIFT_STATES, 'all']).default(
          'open',
        ),
      )
      .option('--artifact <id>', 'only entries of this artifact')
      .option('--type <type...>', 'only artifacts of these types')
      .option('--limit <n>', 'show at most this many', wholeNumber, 1000)
      .option('--after <id>', 'continue after this entry, as named at the end of the previous page'),
    async (input) => (await import('./drift.js')).listDrift(input),
  );
  const show = withAction(
    defineCommand('show', 'Show one entry: both digests, sizes, times and cause', {
      examples: [['One entry', 'salvor drift show 12']],
    }).argument('<id>', 'number of the entry'),
    async (input) => (await import('./drift.js')).showDrift(input),
  );
  return defineGroup('drift', 'List changed files, and accept or reject the change', [
    list,
    show,
    decision('accept', 'Accept the new content: record its digest and close the entry', {
      examples: [
        ['One entry', "salvor drift accept 12 --note 'recalibrated on purpose'"],
        ['See which entries a selection covers', 'salvor drift accept --class rewritten --under figures/'],
        ['Accept them', 'salvor drift accept --class rewritten --under figures/ --yes'],
      ],
      notes: 'The file is read again first. If it changed since, nothing is accepted.',
    }),
    decision('reject', 'Reject the new content: keep the recorded digest and flag the file', {
      examples: [
        ['One entry', "salvor drift reject 12 --note 'disk error'"],
        ['See everything that looks corrupt', 'salvor drift reject --class corrupt'],
      ],
    }),
  ]);
}

function decision(name: 'accept' | 'reject', summary: string, help: CommandHelp): Command {
  return withAction<DriftDecideFlags>(
    defineCommand(name, summary, help)
      .argument('[id...]', 'numbers of entries')
      .optionsGroup('Selection, instead of numbers:')
      .addOption(choiceOption('--class <class>', 'all open entries of this class', DRIFT_CLASSES))
      .option('--under <prefix>', 'all open entries whose path begins with this, e.g. figures/')
      .option('--run <id>', 'all open entries last seen by this run')
      .option('--type <type...>', 'all open entries of artifacts of these types')
      .option('--yes', 'decide; without it, a selection is only listed')
      .optionsGroup('Options:')
      .option('--note <text>', 'why; kept in the entry and the journal, required above 50 entries'),
    async (input) => (await import('./drift-decide.js')).decideDrift(name, input),
  );
}
