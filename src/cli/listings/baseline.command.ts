import type { Command } from 'commander';
import { defineCommand, defineGroup, withAction } from '../command.js';
import type { AcceptFlags } from './flags.js';

/** `salvor listings baseline show|accept`: manages violations that are accepted as the backlog. */
export function listingsBaselineCommand(): Command {
  const show = withAction(
    defineCommand('show', 'Show the open violations of each scope, and how many the baseline covers', {
      examples: [['Every scope', 'salvor listings baseline show']],
    }),
    async (input) => (await import('./baseline.js')).showBaselines(input),
  );
  const accept = withAction<AcceptFlags>(
    defineCommand('accept', 'Accept the open violations that a run found as the baseline', {
      examples: [
        ['Find the run', "salvor runs list --job 'listings verify'"],
        ['Accept its violations', 'salvor listings baseline accept 0b9c7f8e-5a53-4c5e-9f0e-2f6f0d9c1a11'],
      ],
    })
      .argument('<run>', 'id of the run')
      .option('--write-config', 'also write `fail_on: new` to the configuration, so that it lasts'),
    async (input) => (await import('./baseline.js')).acceptBaseline(input),
  );
  return defineGroup('baseline', 'Manage the known violations that --fail-on new does not count', [
    show,
    accept,
  ]);
}
