import type { ExitCode } from '../../core/failure.js';
import { printable } from '../../core/printable.js';
import type { PlanDocument, PlanRow } from '../../jobs/recovery/plan/plan-document.js';
import {
  acceptCandidate,
  declareUnrecoverable,
  type ReviewPorts,
  rejectCandidate,
  waitingRows,
  withdrawDecision,
} from '../../jobs/recovery/review/review.js';
import type { Database } from '../../registry/database.js';
import { PostgresRecoveryLedger, recoveryIdentity } from '../../registry/recovery/recovery.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import {
  actorHere,
  notYetApplied,
  type OpenedArtifacts,
  openConfiguredArtifacts,
  scriptJson,
} from '../wiring/artifacts.js';
import { DEFAULT_PLAN, loadForReading, loadPlan } from './plan-file.js';
import type { ReviewFlags } from './review.command.js';

/** `salvor recovery review`. */
export async function listReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const plan = await loadForReading(input.flags.plan ?? DEFAULT_PLAN);
  const rows = waitingRows(plan);
  return printAnswer(input, {
    summary: { plan_id: plan.plan_id, created_at: plan.created_at, waiting: rows.length, rows },
    text: (style) => reviewText(rows, style),
  });
}

/** `salvor recovery review accept ID --candidate CID`. */
export function acceptReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return decide(input, async (plan, ports) => {
    const cid = input.flags.candidate ?? '';
    await acceptCandidate(plan, id, cid, input.flags.note ?? null, ports);
    return `${cid} is accepted for ${id}: the next plan binds it, if nothing changes until then.`;
  });
}

/** `salvor recovery review reject ID [--candidate CID]`. */
export function rejectReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return decide(input, async (plan, ports) => {
    const cid = input.flags.candidate ?? null;
    await rejectCandidate(plan, id, cid, input.flags.note ?? null, ports);
    return `${cid ?? 'every candidate that the plan has'} is rejected for ${id}.`;
  });
}

/** `salvor recovery review unrecoverable ID --reason TEXT`. */
export function declareReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return decide(input, async (plan, ports, artifacts) => {
    await declareUnrecoverable(plan, id, input.flags.reason ?? '', {
      ...ports,
      writer: await artifacts.writer(),
      runId: null,
      now: new Date(),
    });
    return `${id} is marked as unrecoverable.`;
  });
}

/** `salvor recovery review withdraw ID`. */
export function withdrawReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return withRegistry(input, async ({ database }, { config }) => {
    const artifacts = await openConfiguredArtifacts(config, input.flags, database);
    try {
      await withdrawDecision(id, input.flags.note ?? null, reviewPorts(database, artifacts));
    } finally {
      await artifacts.close();
    }
    const said = `What was said of the candidates of ${id} is taken back: the next plan decides without it.`;
    return printAnswer(input, {
      summary: { artifact_id: id, candidate: null, said },
      text: () => `${printable(said)}\n`,
    });
  });
}

function decide(
  input: CommandInput<ReviewFlags>,
  work: (plan: PlanDocument, ports: ReviewPorts, artifacts: OpenedArtifacts) => Promise<string>,
): Promise<ExitCode> {
  return withRegistry(input, async (registry, { config }) => {
    const artifacts = await openConfiguredArtifacts(config, input.flags, registry.database);
    try {
      const identity = recoveryIdentity(artifacts.database, artifacts.shape);
      const plan = await loadPlan(input.flags.plan ?? DEFAULT_PLAN, identity);
      const said = await work(plan, reviewPorts(registry.database, artifacts), artifacts);
      return await printAnswer(input, {
        summary: {
          artifact_id: input.args[0] ?? null,
          candidate: input.flags.candidate ?? null,
          said,
          ...scriptJson(artifacts),
        },
        text: () => `${printable(said)}\n${notYetApplied(artifacts)}`,
      });
    } finally {
      await artifacts.close();
    }
  });
}

export function reviewPorts(state: Database, artifacts: OpenedArtifacts): ReviewPorts {
  const ledger = new PostgresRecoveryLedger(state, artifacts.shape.table, artifacts.ledger === state);
  return { ledger, artifacts: artifacts.reader, actor: actorHere() };
}

function reviewText(rows: readonly PlanRow[], style: Style): string {
  if (rows.length === 0) return 'Nothing waits for a person.\n';
  const blocks = rows.map((row) => {
    // Names that are only similar are hints: a person may accept one.
    const candidates = [...row.candidates, ...(row.similar ?? [])].flatMap((one) => [
      `  ${style.bold(one.cid)}  ${printable(one.path)}${one.size_bytes === null ? '' : `  ${one.size_bytes} bytes`}${one.rejected === null ? '' : style.dim(`  out: ${printable(one.rejected)}`)}`,
      ...one.evidence.map((statement) => style.dim(`      ${printable(statement)}`)),
    ]);
    return [
      `${style.bold(printable(row.id))}  ${printable(`${row.artifact_type}  expected ${row.expected.join(', ') || 'nothing'}`)}`,
      `  ${printable(row.explanation)}`,
      ...candidates,
    ].join('\n');
  });
  return `${blocks.join('\n\n')}\n\n${rows.length} ${rows.length === 1 ? 'row waits' : 'rows wait'} for a decision: salvor recovery review accept ID --candidate CID, reject ID, unrecoverable ID --reason TEXT\n`;
}
