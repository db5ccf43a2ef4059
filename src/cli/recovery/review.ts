import { randomUUID } from 'node:crypto';
import { type ExitCode, Failure, usageFailure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { listOf } from '../../core/groups.js';
import { counted } from '../../core/pluralize.js';
import { printable } from '../../core/printable.js';
import { asUuid } from '../../core/uuid.js';
import type { PlanRow } from '../../jobs/recovery/plan/plan-document.js';
import { DEFAULT_PLAN, rowOfPlan, withPlan, withPlanForReading } from '../../jobs/recovery/plan/plan-file.js';
import type { StoredPlan } from '../../jobs/recovery/plan/stored-plan.js';
import { bindObstacle } from '../../jobs/recovery/review/bind-obstacle.js';
import { identicalRows, waitingEntries } from '../../jobs/recovery/review/identical-rows.js';
import {
  acceptCandidate,
  declareUnrecoverable,
  type ReviewPorts,
  rejectCandidate,
  type SearchedPlan,
  withdrawDecision,
} from '../../jobs/recovery/review/review.js';
import type { Database } from '../../registry/database.js';
import { PostgresRecoveryLedger } from '../../registry/recovery/recovery-ledger.js';
import { recoveryIdentity } from '../../registry/recovery/recovery-reader.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { printList } from '../terminal/print-list.js';
import type { Style } from '../terminal/style.js';
import {
  actorHere,
  notYetApplied,
  type OpenedArtifacts,
  openConfiguredArtifacts,
  scriptJson,
} from '../wiring/artifacts.js';
import type { ReviewFlags } from './flags.js';
import { factsOf, shownCandidates } from './review-content.js';

/** Rows per page; a row of a plan can have 20 kB with its candidates and hints. */
const PLAN_ROWS = 100;

/** `salvor recovery review`. */
export async function listReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  return withPlanForReading(input.flags.plan ?? DEFAULT_PLAN, async (plan) => {
    const waiting = waitingEntries(plan);
    let taken = 0;
    let shown = 0;
    return printList<PlanRow>(input, {
      name: 'rows',
      limit: waiting.length,
      pageRows: PLAN_ROWS,
      // One row more than the page, to know whether there is a next page.
      fetch: (_, limit) => {
        const from = taken;
        taken += limit - 1;
        return listOf(plan.read(waiting.slice(from, from + limit)));
      },
      json: (row) => row,
      cursor: (row) => row.id,
      rest: async () => ({
        plan_id: plan.head.plan_id,
        created_at: plan.head.created_at,
        waiting: waiting.length,
      }),
      table: (rows, style) => {
        shown += rows.length;
        return reviewText(rows, style, shown < waiting.length ? undefined : waiting.length);
      },
      none: 'Nothing needs a decision.\n',
    });
  });
}

/** `salvor recovery review accept ID --candidate CID`. */
export function acceptReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  if (input.flags.allIdentical === true) return acceptIdentical(input);
  const [id] = input.args;
  if (id === undefined || input.flags.candidate === undefined)
    throw usageFailure('usage.invalid', 'pass ID and --candidate CID, or use --all-identical');
  return decide(input, async (plan, ports) => {
    const cid = input.flags.candidate ?? '';
    await acceptCandidate(plan, id, { cid, note: input.flags.note ?? null }, ports);
    return `Accepted ${cid} for ${id}. The next plan binds it unless something changes before then.`;
  });
}

/** `salvor recovery review reject ID [--candidate CID]`. */
export function rejectReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return decide(input, async (plan, ports) => {
    const cid = input.flags.candidate ?? null;
    await rejectCandidate(plan, id, { cid, note: input.flags.note ?? null }, ports);
    return `Rejected ${cid ?? 'every candidate in the plan'} for ${id}.`;
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
    return `Marked ${id} as unrecoverable.`;
  });
}

/** `salvor recovery review withdraw ID`. */
export function withdrawReview(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  if (input.flags.decision !== undefined) return withdrawGroup(input);
  const [id] = input.args;
  if (id === undefined) throw usageFailure('usage.invalid', 'pass ID, or use --decision UUID');
  return withRegistry(input, async ({ database }, { config }) => {
    const artifacts = await openConfiguredArtifacts(config, input.flags, database);
    try {
      await withdrawDecision(id, input.flags.note ?? null, reviewPorts(database, artifacts));
    } finally {
      await artifacts.close();
    }
    const said = `Withdrew the decisions about ${id}. The next plan ignores them.`;
    return printAnswer(input, {
      summary: { artifact_id: id, candidate: null, said },
      text: () => `${printable(said)}\n`,
    });
  });
}

/** `salvor recovery review accept --all-identical`: a dry run without --yes. */
function acceptIdentical(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const { under, type, yes, note } = input.flags;
  return withPlanOfRegistry(input, async (plan, ports) => {
    const chosen: { id: string; candidate: string; path: string | null }[] = [];
    const groupId = randomUUID();
    const refused: Finding[] = [];
    for await (const { row, cid } of identicalRows(plan, { under, type })) {
      chosen.push({ id: row.id, candidate: cid, path: row.file_path });
      if (yes !== true) continue;
      const seen = { plan_id: plan.head.plan_id, rows: [row] };
      await acceptCandidate(seen, row.id, { cid, note: note ?? null }, { ...ports, groupId }).catch(
        (error: unknown) => {
          if (!(error instanceof Failure) || error.exitCode !== 1) throw error;
          refused.push({ code: error.code, severity: 'error', subject: row.id, message: error.message });
        },
      );
    }
    const done = yes === true ? chosen.length - refused.length : 0;
    const rows = chosen.map(({ id, candidate }) => ({ id, candidate }));
    return printAnswer(input, {
      summary: { rows, accepted: done, refused: refused.length, decision: done > 0 ? groupId : null },
      findings: refused,
      exitCode: refused.length > 0 ? 1 : 0,
      text: () =>
        [
          ...chosen.map(({ id, candidate, path }) => printable(`${id}  ${candidate}  ${path ?? ''}`)),
          ...refused.map(({ message }) => printable(message)),
          yes === true
            ? `${done} accepted as decision ${groupId}. To undo this: salvor recovery review withdraw --decision ${groupId}`
            : `${chosen.length} would be accepted. Nothing was recorded; add --yes to accept them.`,
          '',
        ].join('\n'),
    });
  });
}

/** `salvor recovery review withdraw --decision UUID`. */
function withdrawGroup(input: CommandInput<ReviewFlags>): Promise<ExitCode> {
  const groupId = input.flags.decision ?? '';
  if (asUuid(groupId) === undefined)
    throw usageFailure('usage.invalid', `${JSON.stringify(groupId)} is not the id of a decision`);
  return withRegistry(input, async ({ database }, { config }) => {
    const artifacts = await openConfiguredArtifacts(config, input.flags, database);
    try {
      const { ledger, actor } = reviewPorts(database, artifacts);
      const ids = await ledger.ofGroup(groupId);
      let withdrawn = 0;
      for (const artifactId of ids) {
        if (await ledger.withdraw({ artifactId, note: input.flags.note ?? null, actor })) withdrawn += 1;
      }
      if (ids.length === 0)
        throw usageFailure(
          'review.unknown',
          `there is no decision ${groupId}`,
          'give the id that `salvor recovery review accept` printed',
        );
      return await printAnswer(input, {
        summary: { decision: groupId, artifacts: ids.length, withdrawn },
        text: () =>
          `${withdrawn} of ${counted(ids.length, 'decision')} withdrawn. The next plan ignores them.\n`,
      });
    } finally {
      await artifacts.close();
    }
  });
}

function decide(
  input: CommandInput<ReviewFlags>,
  work: (plan: SearchedPlan, ports: ReviewPorts, artifacts: OpenedArtifacts) => Promise<string>,
): Promise<ExitCode> {
  return withPlanOfRegistry(input, async (plan, ports, artifacts) => {
    const row = await rowOfPlan(plan, input.args[0] ?? '');
    const said = await work({ ...plan.head, rows: row === undefined ? [] : [row] }, ports, artifacts);
    return printAnswer(input, {
      summary: {
        artifact_id: input.args[0] ?? null,
        candidate: input.flags.candidate ?? null,
        said,
        ...scriptJson(artifacts),
      },
      text: () => `${printable(said)}\n${notYetApplied(artifacts)}`,
    });
  });
}

function withPlanOfRegistry(
  input: CommandInput<ReviewFlags>,
  work: (plan: StoredPlan, ports: ReviewPorts, artifacts: OpenedArtifacts) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withRegistry(input, async (registry, { config }) => {
    const artifacts = await openConfiguredArtifacts(config, input.flags, registry.database);
    try {
      const identity = recoveryIdentity(artifacts.database, artifacts.shape);
      return await withPlan(input.flags.plan ?? DEFAULT_PLAN, identity, (plan) =>
        work(plan, reviewPorts(registry.database, artifacts), artifacts),
      );
    } finally {
      await artifacts.close();
    }
  });
}

export function reviewPorts(state: Database, artifacts: OpenedArtifacts): ReviewPorts {
  const ledger = new PostgresRecoveryLedger(state, artifacts.shape.table, artifacts.ledger === state);
  return { ledger, artifacts: artifacts.reader, actor: actorHere() };
}

/** @param total how many rows there are, with the last of them */
function reviewText(rows: readonly PlanRow[], style: Style, total: number | undefined): string {
  const blocks = rows.map((row) => {
    const candidates = shownCandidates(row).flatMap((one) => [
      `  ${style.bold(factsOf(one))}${one.rejected === null ? '' : style.dim(`  ruled out: ${printable(one.rejected)}`)}`,
      ...one.evidence.map((statement) => style.dim(`      ${printable(statement)}`)),
    ]);
    return [
      `${style.bold(printable(row.id))}  ${printable(`${row.artifact_type}  expected ${row.expected.join(', ') || 'nothing'}  ${row.title ?? ''}`)}`,
      `  ${printable(row.explanation)}`,
      ...(bindObstacle(row) === undefined ? [] : [`  ${printable(bindObstacle(row) ?? '')}`]),
      ...candidates,
    ].join('\n');
  });
  const listed = `${blocks.join('\n\n')}\n\n`;
  if (total === undefined) return listed;
  const needs = counted(total, 'row needs', 'rows need');
  return `${listed}${needs} a decision:
  salvor recovery review accept ID --candidate CID
  salvor recovery review reject ID
  salvor recovery review unrecoverable ID --reason TEXT
`;
}
