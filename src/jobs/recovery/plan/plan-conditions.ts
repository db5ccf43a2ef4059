import { relative } from 'node:path';
import { addTo } from '../../../core/groups.js';
import { timeText } from '../../../core/iso-time.js';
import type { PersonDecision, UndoneBind } from '../../../registry/recovery/recovery-port.js';
import { standInAt } from '../apply/place/stand-in-place.js';
import type { PlanPorts } from '../options.js';
import type { PlanRow } from './plan-document.js';

/** Groups decisions by artifact, keeping their order. */
export function byArtifact(decisions: readonly PersonDecision[]): Map<string, PersonDecision[]> {
  const byId = new Map<string, PersonDecision[]>();
  for (const one of decisions) addTo(byId, one.artifactId, one);
  return byId;
}

/**
 * Binds that were undone and whose candidate has not been accepted since.
 * @param chosen the candidates to bind, by artifact
 */
export async function undoneBinds(
  chosen: ReadonlyMap<string, string>,
  decisions: ReadonlyMap<string, readonly PersonDecision[]>,
  ports: Pick<PlanPorts, 'reader'>,
): Promise<ReadonlyMap<string, UndoneBind>> {
  if (chosen.size === 0) return new Map();
  const undone = await ports.reader.undoneBinds([...chosen.keys()]);
  const isAccepted = (id: string, since: Date): boolean =>
    decisions
      .get(id)
      ?.some(({ decision, cid, at }) => decision === 'accept' && cid === chosen.get(id) && at > since) ===
    true;
  return new Map([...undone].filter(([id, one]) => !isAccepted(id, one.at)));
}

/** An undone bind is never repeated automatically: a person must accept a candidate first. */
export function withUndoneBind(row: PlanRow, one: UndoneBind): PlanRow {
  const at = timeText(one.at).slice(0, 16).replace('T', ' ');
  const why = one.reason === null ? '' : ` (${one.reason})`;
  return {
    ...row,
    status: 'needs_review',
    destination: null,
    destination_path: null,
    explanation: `${row.explanation} ${one.by} undid a bind of this row on ${at}${why}. Accept a candidate to bind it again.`,
  };
}

/** Records the stand-in at the destination, so that apply moves it only if it is unchanged. */
export async function withStandIn(row: PlanRow, destination: string): Promise<PlanRow> {
  if (row.destination === null) return row;
  const there = await standInAt(destination, relative(destination, row.destination));
  return there === undefined ? row : { ...row, basis: { ...row.basis, stand_in: there.sha256 } };
}
