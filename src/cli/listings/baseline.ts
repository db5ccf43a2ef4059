import { type ExitCode, Failure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { RunRecord } from '../../registry/port.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { textTable } from '../terminal/text-table.js';
import { configText, type FailOnNew, failOnNewIn, replaceConfig, withFailOnNew } from './fail-on-new.js';
import type { AcceptFlags } from './flags.js';

/** `salvor listings baseline show`. */
export function showBaselines(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async ({ baselines }) => {
    const rows = await baselines.show();
    return printAnswer(input, {
      summary: {
        baselines: rows.map((r) => ({ scope: r.scope, open: r.open, baseline: r.baseline, run_id: r.runId })),
      },
      text: (style) =>
        rows.length === 0
          ? 'No open violations on any scope.\n'
          : textTable(
              ['scope', 'open', 'in the baseline', 'accepted with run'],
              rows.map((r) => [r.scope, r.open, r.baseline, r.runId ?? '-']),
              style,
            ),
    });
  });
}

/** `salvor listings baseline accept RUN [--write-config]`. */
export function acceptBaseline(input: CommandInput<AcceptFlags>): Promise<ExitCode> {
  return withRegistry(input, async ({ baselines, runs }, loaded) => {
    const runId = input.args[0] ?? '';
    const run = await runs.get(runId);
    refusePart(run);
    const urls = urlsOf(run);
    const before = failOnNewIn(loaded, configText(loaded), urls);
    const writes = input.flags.writeConfig === true && before.lacking.length > 0;
    // Check that the configuration can be written before anything is accepted.
    const file = loaded.file ?? '';
    const lacking = before.lacking.map(({ url }) => url);
    const changed = writes ? withFailOnNew(configText(loaded), file, lacking) : undefined;
    const { scope, accepted, dropped } = await baselines.accept(runId);
    if (changed !== undefined) replaceConfig(file, changed);
    const open = (await baselines.show(scope))[0]?.open ?? accepted;
    const written = changed === undefined ? [] : lacking;
    return printAnswer(input, {
      scope,
      summary: { accepted, dropped, fail_on_new: { ...before, written } },
      text: () =>
        `${counted(accepted, 'violation')} on ${scope} ${accepted === 1 ? 'is' : 'are'} now the baseline` +
        `${dropped > 0 ? `; ${dropped} that the old one held are no longer in it` : ''}.\n` +
        `${open > accepted ? `${open - accepted} more are open but were not found by this run. To include them, accept a newer run.\n` : ''}` +
        nextWords(before, written, loaded.file),
    });
  });
}

interface Target {
  url?: unknown;
  part_of?: unknown;
}

function targetsOf(run: RunRecord | undefined): Target[] {
  const targets: unknown = run?.summary?.targets;
  return Array.isArray(targets) ? targets : [];
}

/** Accepting replaces the baseline, so a partial run would lose the baseline of the parts that it did not cover. */
function refusePart(run: RunRecord | undefined): void {
  const part = targetsOf(run).find((target) => typeof target.part_of === 'string');
  if (part === undefined) return;
  throw new Failure('baseline.not_complete', `run ${run?.id} covered only part of ${String(part.part_of)}`, {
    hint: `run a full verification and accept that run: salvor listings verify ${String(part.part_of)}`,
  });
}

/** The URLs of a run. */
function urlsOf(run: RunRecord | undefined): string[] {
  return targetsOf(run).flatMap(({ url }) => (typeof url === 'string' ? [url] : []));
}

/** How to make the baseline permanent: a run that is looser than the configuration does not count for the watchdog. */
function nextWords({ already, lacking, unknown }: FailOnNew, written: readonly string[], file = ''): string {
  const lines = already.map(
    (url) =>
      `${url}: fail_on is already new in ${file}. Runs exit 1 only for violations outside the baseline.`,
  );
  for (const { url, line } of lacking) {
    lines.push(
      written.includes(url)
        ? `${url}: wrote \`fail_on: new\` to ${file}. Runs exit 1 only for violations outside the baseline.`
        : `${url}: add the line \`fail_on: new\` to the entry at ${file}:${line}, or accept again with --write-config. ` +
            'Until then runs exit 1 for all violations.',
    );
  }
  for (const url of unknown)
    lines.push(
      `${url}: no configured backup has this URL. Runs with --fail-on new exit 1 only for violations outside the baseline.`,
    );
  return lines.map((line) => `${line}\n`).join('');
}
