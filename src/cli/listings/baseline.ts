import type { ExitCode } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { textTable } from '../terminal/text-table.js';

/** `salvor listings baseline show`. */
export function showBaselines(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async ({ baselines }) => {
    const rows = await baselines.show();
    return printAnswer(input, {
      summary: {
        baselines: rows.map((r) => ({ scope: r.scope, open: r.open, baseline: r.baseline, run_id: r.runId })),
      },
      text: () =>
        rows.length === 0
          ? 'No violation is open on any scope.\n'
          : textTable(
              ['scope', 'open', 'in the baseline', 'accepted with run'],
              rows.map((r) => [r.scope, r.open, r.baseline, r.runId ?? '-']),
            ),
    });
  });
}

/** `salvor listings baseline accept RUN`. */
export function acceptBaseline(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async ({ baselines }) => {
    const { scope, accepted, dropped } = await baselines.accept(input.args[0] ?? '');
    const open = (await baselines.show(scope))[0]?.open ?? accepted;
    return printAnswer(input, {
      scope,
      summary: { accepted, dropped },
      text: () =>
        `${counted(accepted, 'violation')} on ${scope} ${accepted === 1 ? 'is' : 'are'} the baseline now` +
        `${dropped > 0 ? `; ${dropped} that the old one held are no longer in it` : ''}.\n` +
        `${open > accepted ? `${open - accepted} more open that this run did not see: for those accept a newer run.\n` : ''}` +
        'Runs with --fail-on new exit 1 only for what is not among them.\n',
    });
  });
}
