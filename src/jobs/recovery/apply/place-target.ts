import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { NewTodo } from '../../../registry/recovery/file-todos-port.js';
import { basenameOf } from '../evidence/expected.js';
import type { PlanHead, PlanRow } from '../plan/plan-document.js';
import type { ApplyOptions } from './apply-options.js';
import { QUARANTINE } from './place/open-directory.js';
import type { PlaceTarget } from './place/placement.js';

/** Where the file of a row goes, the name of its draft, and where an existing stand-in is kept. */
export function placeTargetOf(row: PlanRow, plan: PlanHead, options: ApplyOptions): PlaceTarget {
  const { destination } = plan;
  const standIn = row.basis.stand_in;
  return {
    root: destination,
    relative: relative(destination, row.destination ?? ''),
    draftName: draftName(plan, row.id),
    access: options.access,
    standIn: standIn === undefined ? undefined : { sha256: standIn, kept: keptPath(options.runId, row.id) },
  };
}

/** The to-do for a row: the planned file changes, recorded before any of them happens. */
export function todoOf(row: PlanRow, plan: PlanHead, options: ApplyOptions): NewTodo {
  const target = placeTargetOf(row, plan, options);
  const directory = target.relative.slice(0, target.relative.length - basenameOf(target.relative).length);
  return {
    kind: target.standIn === undefined ? 'place' : 'swap_stand_in',
    artifactId: row.id,
    runId: options.runId,
    entryId: null,
    root: target.root,
    path: target.relative,
    draft: `${directory}${target.draftName}`,
    kept: target.standIn?.kept ?? null,
    standInSha256: target.standIn?.sha256 ?? null,
    sha256: null,
    byScript: options.byScript,
  };
}

/** Deterministic: one row of one plan always has the same draft name. */
function draftName(plan: PlanHead, id: string): string {
  return `.salvor-${shortHash(plan.plan_id, id)}.part`;
}

/** Where a stand-in is kept. The name is unique to this row of this run. */
function keptPath(runId: string, id: string): string {
  return `${QUARANTINE}/stand-in-${shortHash(runId, id)}`;
}

function shortHash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}
