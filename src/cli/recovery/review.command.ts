import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';

export interface ReviewFlags {
  plan?: string;
  candidate?: string;
  note?: string;
  reason?: string;
}

/** `salvor recovery review`: what waits for a person, and what a person says to it. */
export function recoveryReviewCommand(): Command {
  const parent = withPlanFile(defineCommand('review', 'what waits for a person, with the evidence'));
  const review = withAction<ReviewFlags>(parent, async (input) =>
    (await import('./review.js')).listReview(input),
  );
  const accept = withAction<ReviewFlags>(
    withPlanFile(defineCommand('accept', 'the next plan binds exactly this candidate'))
      .argument('<id>', "the artifact's id")
      .requiredOption('--candidate <cid>', 'the candidate, as the review names it (required)')
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
      .argument('<id>', "the artifact's id")
      .option('--note <text>', 'why'),
    async (input) => (await import('./review.js')).withdrawReview(input),
  );
  return review.addCommand(accept).addCommand(reject).addCommand(unrecoverable).addCommand(withdraw);
}

function withPlanFile(command: Command): Command {
  return command.option('--plan <file>', 'the plan that it is about (default: .salvor/plan.json)');
}
