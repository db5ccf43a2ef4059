import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import type { ReviewContentFlags, ReviewFlags } from './flags.js';
import { withStoreOptions } from './plan.command.js';

/** `salvor recovery review`: what waits for a person, and what a person says to it. */
export function recoveryReviewCommand(): Command {
  const parent = withPlanFile(defineCommand('review', 'what waits for a person, with the evidence'));
  const review = withAction<ReviewFlags>(parent, async (input) =>
    (await import('./review.js')).listReview(input),
  );
  const accept = withAction<ReviewFlags>(
    withPlanFile(defineCommand('accept', 'the next plan binds exactly this candidate'))
      .argument('[id]', "the artifact's id")
      .option('--candidate <cid>', 'the candidate, as the review names it')
      .option('--all-identical', 'every row whose candidates all have one content, instead of one ID')
      .option('--under <dir>', 'with --all-identical: only rows whose path is in this directory')
      .option('--type <type>', 'with --all-identical: only rows of this type')
      .option('--yes', 'with --all-identical: record it; without, only show what it would accept')
      .option('--note <text>', 'why'),
    async (input) => (await import('./review.js')).acceptReview(input),
  );
  const reject = withAction<ReviewFlags>(
    withPlanFile(defineCommand('reject', 'this candidate, or all that are known, are not its file'))
      .argument('<id>', "the artifact's id")
      .option('--candidate <cid>', 'only this candidate')
      .option('--note <text>', 'why'),
    async (input) => (await import('./review.js')).rejectReview(input),
  );
  const unrecoverable = withAction<ReviewFlags>(
    withPlanFile(
      defineCommand('unrecoverable', 'its file can not be had any more; it is not looked for again'),
    )
      .argument('<id>', "the artifact's id")
      .requiredOption('--reason <text>', 'why (required)'),
    async (input) => (await import('./review.js')).declareReview(input),
  );
  const withdraw = withAction<ReviewFlags>(
    defineCommand('withdraw', 'takes back what was said of its candidates; it waits again')
      .argument('[id]', "the artifact's id")
      .option('--decision <uuid>', 'all that were decided together, instead of one ID')
      .option('--note <text>', 'why'),
    async (input) => (await import('./review.js')).withdrawReview(input),
  );
  const show = withAction<ReviewContentFlags>(
    withStoreOptions(
      withPlanFile(defineCommand('show', 'one row with its candidates, and the beginning of their contents')),
    )
      .argument('<id>', "the artifact's id")
      .option('--content', 'print the beginning of each candidate')
      .option('--candidate <cid>', 'only this candidate'),
    async (input) => (await import('./review-content.js')).showReview(input),
  );
  const diff = withAction<ReviewContentFlags>(
    withStoreOptions(withPlanFile(defineCommand('diff', 'what is different between two candidates')))
      .argument('<id>', "the artifact's id")
      .argument('<cid>', 'a candidate')
      .argument('<other-cid>', 'another one'),
    async (input) => (await import('./review-content.js')).diffReview(input),
  );
  review.addCommand(show).addCommand(diff);
  return review.addCommand(accept).addCommand(reject).addCommand(unrecoverable).addCommand(withdraw);
}

function withPlanFile(command: Command): Command {
  return command.option('--plan <file>', 'the plan that it is about (default: .salvor/plan.json)');
}
