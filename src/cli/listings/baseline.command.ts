import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { AcceptFlags } from './flags.js';

/** `salvor listings baseline show|accept`: the violations that a person has accepted as the backlog. */
export function listingsBaselineCommand(): Command {
  const show = withAction(
    defineCommand('show', 'how many violations are open on each scope, and how many the baseline covers'),
    async (input) => (await import('./baseline.js')).showBaselines(input),
  );
  const accept = withAction<AcceptFlags>(
    defineCommand('accept', 'accept the open violations that a run saw as the backlog')
      .argument('<run>', 'its id')
      .option('--write-config', 'also write `fail_on: new` into the configuration, so that it lasts'),
    async (input) => (await import('./baseline.js')).acceptBaseline(input),
  );
  return defineCommand('baseline', 'the backlog that --fail-on new does not count')
    .addCommand(show)
    .addCommand(accept);
}
