import type { Command } from 'commander';
import { defineCommand, withAction } from '../command.js';
import { withMemoryOption, withS3Options } from '../common-options.js';
import type { ReviewContentFlags, ReviewFlags } from './flags.js';

/** `salvor recovery review`: lists rows that need a decision, and records decisions. */
export function recoveryReviewCommand(): Command {
  const review = withAction<ReviewFlags>(
    withPlanFile(
      defineCommand('review', 'List the rows that need a decision, with the evidence', {
        examples: [
          ['What needs a decision', 'salvor recovery review'],
          ['Look at one row', 'salvor recovery review show 4711 --content'],
          ['Decide', 'salvor recovery review accept 4711 --candidate 7b2e51'],
        ],
      }),
    ),
    async (input) => (await import('./review.js')).listReview(input),
  );
  for (const child of [show(), diff(), accept(), reject(), unrecoverable(), withdraw()])
    review.addCommand(child);
  return review;
}

function show(): Command {
  const command = withPlanFile(
    defineCommand('show', 'Show one row with its candidates and the beginning of their content', {
      examples: [['With content', 'salvor recovery review show 4711 --content']],
    }),
  )
    .argument('<id>', 'id of the artifact')
    .option('--content', 'print the beginning of each candidate')
    .option('--candidate <cid>', 'only this candidate');
  return withAction<ReviewContentFlags>(withS3Options(withMemoryOption(command)), async (input) =>
    (await import('./review-content.js')).showReview(input),
  );
}

function diff(): Command {
  const command = withPlanFile(
    defineCommand('diff', 'Show the differences between two candidates', {
      examples: [['Two candidates of one row', 'salvor recovery review diff 4711 7b2e51 90ac4f']],
    }),
  )
    .argument('<id>', 'id of the artifact')
    .argument('<cid>', 'a candidate')
    .argument('<other-cid>', 'another candidate');
  return withAction<ReviewContentFlags>(withS3Options(withMemoryOption(command)), async (input) =>
    (await import('./review-content.js')).diffReview(input),
  );
}

function accept(): Command {
  const command = withPlanFile(
    defineCommand('accept', 'Accept a candidate; the next plan binds exactly this one', {
      examples: [
        ['One row', "salvor recovery review accept 4711 --candidate 7b2e51 --note 'checked the header'"],
        ['See all rows with only one content', 'salvor recovery review accept --all-identical'],
      ],
    }),
  )
    .argument('[id]', 'id of the artifact')
    .option('--candidate <cid>', 'the candidate, as the review names it')
    .option('--note <text>', 'why')
    .optionsGroup('Many rows, instead of an id:')
    .option('--all-identical', 'every row whose candidates all have the same content')
    .option('--under <dir>', 'with --all-identical: only rows whose path is in this directory')
    .option('--type <type>', 'with --all-identical: only rows of this type')
    .option('--yes', 'with --all-identical: accept; without it, only list the rows');
  return withAction<ReviewFlags>(command, async (input) => (await import('./review.js')).acceptReview(input));
}

function reject(): Command {
  const command = withPlanFile(
    defineCommand('reject', 'Reject one candidate, or all known candidates', {
      examples: [
        ['One candidate', 'salvor recovery review reject 4711 --candidate 7b2e51'],
        ['All of them', "salvor recovery review reject 4711 --note 'different experiment'"],
      ],
    }),
  )
    .argument('<id>', 'id of the artifact')
    .option('--candidate <cid>', 'only this candidate')
    .option('--note <text>', 'why');
  return withAction<ReviewFlags>(command, async (input) => (await import('./review.js')).rejectReview(input));
}

function unrecoverable(): Command {
  const command = withPlanFile(
    defineCommand('unrecoverable', 'Mark the file as permanently lost and stop searching for it', {
      examples: [['One row', "salvor recovery review unrecoverable 4711 --reason 'was only ever in memory'"]],
    }),
  )
    .argument('<id>', 'id of the artifact')
    .requiredOption('--reason <text>', 'why (required)');
  return withAction<ReviewFlags>(command, async (input) =>
    (await import('./review.js')).declareReview(input),
  );
}

function withdraw(): Command {
  const command = defineCommand('withdraw', 'Withdraw decisions about a row; it needs a decision again', {
    examples: [['One row', 'salvor recovery review withdraw 4711']],
  })
    .argument('[id]', 'id of the artifact')
    .option('--decision <uuid>', 'everything that was decided together, instead of an id')
    .option('--note <text>', 'why');
  return withAction<ReviewFlags>(command, async (input) =>
    (await import('./review.js')).withdrawReview(input),
  );
}

function withPlanFile(command: Command): Command {
  return command.option('--plan <file>', 'the plan (default: .salvor/plan.json)');
}
