import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { CommandInput } from '../command-input.js';
import { pendingScriptJson, scriptsText } from '../operate/pending-scripts.js';
import { printAnswer } from '../terminal/command-result.js';
import { withArtifacts } from '../wiring/with-artifacts.js';

/** `salvor journal settle`: compares pending entries with the registry, and records which ones have been applied. */
export function journalSettle(input: CommandInput): Promise<ExitCode> {
  return withArtifacts(input, async (opened) => {
    if (opened.pending === undefined) {
      throw usageFailure(
        'usage.invalid',
        'the registry is not read-only, so no entry is pending',
        'This command is only for registry.mode: readonly.',
      );
    }
    const settled = await opened.pending.settle();
    const scripts = await opened.pending.list();
    return printAnswer(input, {
      summary: { ...settled, scripts: scripts.map(pendingScriptJson) },
      text: () =>
        `${counted(settled.applied, 'change is', 'changes are')} now in the registry; ${settled.superseded} superseded, ${settled.pending} pending.\n` +
        `${scripts.length === 0 ? '' : `${scriptsText(scripts)}\n`}`,
    });
  });
}
