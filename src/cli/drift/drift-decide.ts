import { randomUUID } from 'node:crypto';
import { combineExitCodes, type ExitCode, Failure, usageFailure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { counted } from '../../core/pluralize.js';
import { printable } from '../../core/printable.js';
import { acceptDrift, type DriftDecided, rejectDrift } from '../../registry/drift/drift-decisions.js';
import type { DriftEntry, DriftFilter, DriftLedger } from '../../registry/drift/drift-port.js';
import { noteRejectedContent } from '../../registry/runs/rejected-content.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import { printAnswer } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import { actorHere, artifactsScope, notYetApplied, scriptJson } from '../wiring/artifacts.js';
import { requireKnownRun, runIdFlag } from '../wiring/known-run.js';
import { withArtifacts } from '../wiring/with-artifacts.js';
import { driftTable, entryJson } from './drift.js';
import { withDriftPorts } from './drift-ports.js';
import type { DriftDecideFlags } from './flags.js';

/** More decisions than this at once require a note for later readers. */
const NOTE_ABOVE = 50;
/** Limit on entries per call; the next call handles the rest. */
const MOST_AT_ONCE = 100_000;

type Verdict = 'accept' | 'reject';

/** `salvor drift accept` and `salvor drift reject`, for entries selected by number or by common properties. */
export function decideDrift(name: Verdict, input: CommandInput<DriftDecideFlags>): Promise<ExitCode> {
  const cause = causeOf(input);
  return withArtifacts(input, async (opened, state) => {
    const ids = cause === undefined ? [...new Set(input.args)] : await idsOf(cause, opened.drift);
    if (ids.length === 0) await requireKnownRun(cause?.runId, state);
    if (cause !== undefined && input.flags.yes !== true) return preview(name, input, cause, opened.drift);
    requireNote(ids.length, input.flags);
    const decisionId = randomUUID();
    const { config } = loadConfig(input.flags.config);
    const tally = await withDriftPorts(opened, config, async (ports) => {
      const decided: DriftDecided[] = [];
      const refused: Refusal[] = [];
      for (const id of ids) {
        const options = { id, by: actorHere(), note: input.flags.note ?? null, runId: decisionId };
        try {
          decided.push(await (name === 'accept' ? acceptDrift : rejectDrift)(options, ports));
        } catch (error) {
          // Each entry is decided separately: if one is refused, the others are still decided.
          if (!(error instanceof Failure) || ids.length === 1) throw error;
          refused.push({ id, failure: error });
        }
      }
      return { decided, refused };
    });
    const remaining = tally.decided.filter(({ remains }) => remains);
    const scope = artifactsScope(config, input.flags);
    for (const { entry } of remaining) await noteRejectedContent(state, scope, { entry, decisionId });
    return printAnswer(input, {
      summary: {
        decision_id: decisionId,
        decided: tally.decided.map(({ entry, recorded, changed, remains }) => ({
          ...entryJson(entry),
          recorded_sha256: recorded,
          row_changed: changed,
          content_remains: remains,
        })),
        refused: tally.refused.map(({ id, failure }) => ({
          id,
          code: failure.code,
          reason: failure.message,
        })),
        open: await opened.drift.openCount(),
        ...scriptJson(opened),
      },
      findings: tally.refused.map(refusedFinding),
      // 2 would say that nothing was touched.
      exitCode: combineExitCodes(
        tally.refused.map(({ failure: { exitCode } }) => (exitCode === 2 ? 3 : exitCode)),
      ),
      text: () => decisionText(tally, decisionId) + notYetApplied(opened),
    });
  });
}

interface Refusal {
  id: string;
  failure: Failure;
}

/** The selection by common properties; undefined if entries are given by number. */
function causeOf({ args, flags }: CommandInput<DriftDecideFlags>): DriftFilter | undefined {
  const { class: named, under, run, type } = flags;
  const byCause = [named, under, run, type].some((flag) => flag !== undefined);
  if (byCause && args.length > 0) {
    throw usageFailure(
      'usage.invalid',
      'select entries either by number or with --class, --under, --run and --type',
    );
  }
  if (!byCause && args.length === 0) {
    throw usageFailure(
      'usage.invalid',
      'no drift entry was given',
      'give numbers from `salvor drift list`, or --class, --under, --run or --type',
    );
  }
  if (!byCause) return undefined;
  return { state: 'open', class: named, under, runId: runIdFlag(run), types: type };
}

async function idsOf(cause: DriftFilter, drift: DriftLedger): Promise<string[]> {
  return (await drift.list({ ...cause, limit: MOST_AT_ONCE })).map(({ id }) => id).reverse();
}

function requireNote(count: number, { note }: DriftDecideFlags): void {
  if (count <= NOTE_ABOVE || (note !== undefined && note.trim() !== '')) return;
  throw usageFailure(
    'usage.invalid',
    `deciding ${counted(count, 'entry', 'entries')} at once requires --note`,
    `give the reason with --note TEXT: it is required for more than ${NOTE_ABOVE} entries`,
  );
}

/** The preview of a decision by selection: nothing is written without --yes. */
async function preview(
  name: Verdict,
  input: CommandInput<DriftDecideFlags>,
  cause: DriftFilter,
  drift: DriftLedger,
): Promise<ExitCode> {
  const entries = await drift.list({ ...cause, limit: MOST_AT_ONCE });
  const count = entries.length;
  const what = counted(count, 'drift entry', 'drift entries');
  return printAnswer(input, {
    summary: {
      dry_run: true,
      would_decide: count,
      drift: entries.map(entryJson),
      open: await drift.openCount(),
    },
    text: (style) =>
      count === 0
        ? 'No open drift matches.\n'
        : `${shown(entries, style)}\nA dry run: this would ${name} ${what}. Add --yes to do it${count > NOTE_ABOVE ? ', and --note' : ''}.\n`,
  });
}

const SHOWN = 20;

function shown(entries: readonly DriftEntry[], style: Style): string {
  const more = entries.length - SHOWN;
  return `${driftTable(entries.slice(0, SHOWN), style)}${more > 0 ? `… and ${more} more\n` : ''}`;
}

function refusedFinding({ id, failure }: Refusal): Finding {
  return {
    code: 'drift.refused',
    severity: 'error',
    subject: id,
    message: `drift ${id} was not decided: ${failure.message}`,
    detail: { id, code: failure.code, ...(failure.hint === undefined ? {} : { hint: failure.hint }) },
  };
}

function decisionText(
  { decided, refused }: { decided: readonly DriftDecided[]; refused: readonly Refusal[] },
  decisionId: string,
): string {
  const lines = [
    ...decided.map(decidedText),
    ...refused.map(({ id, failure }) => `Drift ${id} was not decided: ${printable(failure.message)}\n`),
  ];
  if (decided.length > 0) lines.push(`To undo this: salvor journal undo ${decisionId}\n`);
  return lines.join('');
}

function decidedText({ entry, recorded, changed, remains }: DriftDecided): string {
  const what = changed ? `the recorded digest is now ${recorded ?? 'empty'}` : 'the row needed no change';
  const still = remains
    ? `  The file still has the rejected content: bring the right one back. Until a run has read it, salvor status lists it as drift.rejected_remains.\n`
    : '';
  return `Drift ${entry.id} of ${printable(entry.artifactId)} is ${entry.state}; ${what}.\n${still}`;
}
