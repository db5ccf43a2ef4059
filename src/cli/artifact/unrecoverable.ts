import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ExitCode, Failure, usageFailure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { printable } from '../../core/printable.js';
import { declareUnrecoverable } from '../../jobs/recovery/review/review.js';
import type { CommandInput } from '../command-input.js';
import { reviewPorts } from '../recovery/review.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { notYetApplied, openConfiguredArtifacts, scriptJson } from '../wiring/artifacts.js';
import type { ArtifactUnrecoverableFlags } from './flags.js';

/** `salvor artifact unrecoverable ID...`: marks each artifact separately; if one fails, the others are still marked. */
export function artifactUnrecoverable(input: CommandInput<ArtifactUnrecoverableFlags>): Promise<ExitCode> {
  return withRegistry(input, async ({ database }, { config }) => {
    const ids = await idsOf(input);
    const opened = await openConfiguredArtifacts(config, input.flags, database);
    try {
      const runId = randomUUID();
      const more = { writer: await opened.writer(), runId, now: new Date(), groupId: runId };
      const ports = { ...reviewPorts(database, opened), ...more };
      const refused: Finding[] = [];
      for (const id of ids) {
        await declareUnrecoverable(undefined, id, input.flags.reason, ports).catch((error: unknown) => {
          if (!(error instanceof Failure) || error.exitCode > 2) throw error;
          refused.push({ code: error.code, severity: 'error', subject: id, message: error.message });
        });
      }
      const marked = ids.length - refused.length;
      return await printAnswer(input, {
        summary: { asked: ids.length, marked, refused: refused.length, run_id: runId, ...scriptJson(opened) },
        findings: refused,
        exitCode: refused.length > 0 ? 1 : 0,
        text: () =>
          [
            ...refused.map(({ message }) => printable(message)),
            `${marked} of ${ids.length} marked as unrecoverable.`,
            ...(marked > 0 ? [`To undo this: salvor journal undo ${runId}`] : []),
            notYetApplied(opened),
          ].join('\n'),
      });
    } finally {
      await opened.close();
    }
  });
}

async function idsOf({ args, flags }: CommandInput<ArtifactUnrecoverableFlags>): Promise<string[]> {
  const { idsFrom } = flags;
  const text =
    idsFrom === undefined
      ? ''
      : await readFile(idsFrom, 'utf8').catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          throw usageFailure('usage.invalid', `--ids-from: ${reason}`);
        });
  const ids = [...args, ...text.split('\n').map((line) => line.replace(/\r$/, ''))].filter((id) => id !== '');
  if (ids.length === 0)
    throw usageFailure('usage.invalid', 'no artifact was given', 'pass ids, or use --ids-from FILE');
  return [...new Set(ids)];
}
