import { randomUUID } from 'node:crypto';
import { Failure } from '../../core/failure.js';
import type { ActionResult } from '../../dashboard/api/session.js';
import type { DashboardActions, ReviewVerdict } from '../../dashboard/port.js';
import type { PlanRow } from '../../jobs/recovery/plan/plan-document.js';
import {
  acceptCandidate,
  declareUnrecoverable,
  type ReviewedPlan,
  rejectCandidate,
  withdrawDecision,
} from '../../jobs/recovery/review/review.js';
import type { Database } from '../../registry/database.js';
import { acceptDrift, rejectDrift } from '../../registry/drift/drift-decisions.js';
import type { UndoSummary } from '../../registry/journal/undo.js';
import { lastPlanRow } from '../../registry/queries/last-plan-row.js';
import { PostgresRecoveryLedger } from '../../registry/recovery/recovery-ledger.js';
import type { Registry } from '../../registry/registry.js';
import { noteRejectedContent } from '../../registry/runs/rejected-content.js';
import type { Config } from '../config/schema.js';
import { withDriftPorts } from '../drift/drift-ports.js';
import { undoWithFiles } from '../journal/undo-with-files.js';
import { artifactsScope, type OpenedArtifacts, openConfiguredArtifacts } from '../wiring/artifacts.js';

/** The changes that the dashboard can make, with the functions of `salvor drift`, `recovery review` and `journal undo`. */
export function dashboardActions(
  registry: Registry,
  config: Config,
  flags: { registry?: string | undefined },
): DashboardActions {
  const withArtifacts = async <T>(work: (opened: OpenedArtifacts) => Promise<T>): Promise<T> => {
    const opened = await openConfiguredArtifacts(config, flags, registry.database);
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  };
  return {
    decideDrift: (decision) =>
      withArtifacts((opened) =>
        decideDrift(decision, opened, config, {
          state: registry.database,
          scope: artifactsScope(config, flags),
        }),
      ),
    review: (verdict) => withArtifacts((opened) => review(verdict, opened, registry.database)),
    undo: (what) =>
      withArtifacts((opened) =>
        undo(what, opened, {
          state: registry.database,
          config,
          scope: artifactsScope(config, flags),
        }),
      ),
  };
}

async function decideDrift(
  decision: Parameters<NonNullable<DashboardActions['decideDrift']>>[0],
  opened: OpenedArtifacts,
  config: Config,
  { state, scope }: { state: Database; scope: string },
): Promise<ActionResult> {
  const { id, verdict, actor, note } = decision;
  const decide = verdict === 'accept' ? acceptDrift : rejectDrift;
  const decisionId = randomUUID();
  const { entry, changed, remains } = await withDriftPorts(opened, config, (ports) =>
    decide({ id, by: actor, note, runId: decisionId }, ports),
  );
  if (remains) await noteRejectedContent(state, scope, { entry, decisionId });
  const what = changed ? 'the row was updated, and the change is in the journal' : 'the row needed no change';
  return { message: `Drift ${entry.id} of ${entry.artifactId} is ${entry.state}; ${what}.`, refused: [] };
}

async function review(
  verdict: ReviewVerdict,
  opened: OpenedArtifacts,
  state: Database,
): Promise<ActionResult> {
  const { artifactId: id, actor } = verdict;
  const ports = {
    ledger: new PostgresRecoveryLedger(state, opened.shape.table, opened.ledger === state),
    artifacts: opened.reader,
    actor,
    seen: verdict.seen === undefined ? undefined : { page: verdict.seen },
  };
  if (verdict.verdict === 'unrecoverable') {
    const more = { writer: await opened.writer(), runId: null, now: new Date() };
    await declareUnrecoverable(undefined, id, verdict.reason, { ...ports, ...more });
    return { message: `Marked ${id} as unrecoverable.`, refused: [] };
  }
  if (verdict.verdict === 'withdraw') {
    await withdrawDecision(id, verdict.note, ports);
    return { message: `Decision withdrawn: ${id} needs a decision again.`, refused: [] };
  }
  const plan = await planOfRow(id, opened.shape.table, state);
  if (verdict.verdict === 'accept') {
    await acceptCandidate(plan, id, verdict, ports);
    return {
      message: `Accepted for ${id}: the next salvor recovery plan binds candidate ${verdict.cid}.`,
      refused: [],
    };
  }
  await rejectCandidate(plan, id, verdict, ports);
  const which = verdict.cid === null ? 'every candidate' : `candidate ${verdict.cid}`;
  return { message: `Rejected for ${id}: ${which}.`, refused: [] };
}

/** The part of the last plan that concerns one artifact, from the registry. */
async function planOfRow(artifactId: string, table: string, database: Database): Promise<ReviewedPlan> {
  const last = await lastPlanRow<PlanRow>(database, artifactId, table);
  if (last === undefined) {
    throw new Failure('review.unknown', `no plan contains the row ${JSON.stringify(artifactId)}`, {
      hint: 'make a plan with `salvor recovery plan`',
      exitCode: 2,
    });
  }
  return { plan_id: last.planId, rows: [last.row] };
}

async function undo(
  what: Parameters<NonNullable<DashboardActions['undo']>>[0],
  opened: OpenedArtifacts,
  where: Parameters<typeof undoWithFiles>[2],
): Promise<ActionResult> {
  const target = what.entry === undefined ? { runId: what.run ?? '' } : { entryId: what.entry };
  const options = { target, runId: randomUUID(), actor: what.actor, reason: 'undone in the dashboard' };
  const { summary, refused, told } = await undoWithFiles(options, opened, where);
  const warnings = told.filter((finding) => finding.severity !== 'info');
  return {
    message: undoneWords(summary),
    refused: [...refused, ...warnings].map(({ subject, message }) => ({ subject, reason: message })),
  };
}

/** `2 entries undone, 1 refused.` */
function undoneWords(summary: UndoSummary): string {
  const { undone, refused, already_undone: before } = summary;
  const words = [`${undone} ${undone === 1 ? 'entry' : 'entries'} undone`];
  if (refused > 0) words.push(`${refused} refused`);
  if (before > 0) words.push(`${before} already undone`);
  return `${words.join(', ')}.`;
}
