import { relative } from 'node:path';
import { timeText } from '../../../core/iso-time.js';
import type { PersonDecision, UndoneBind } from '../../../registry/recovery/recovery-port.js';
import { standInAt } from '../apply/place/stand-in-place.js';
import type { PlanPorts } from '../options.js';
import type { PlanRow } from './plan-document.js';

/** Decisions by the artifact that they are about, in their order. */
export function byArtifact(decisions: readonly PersonDecision[]): Map<string, PersonDecision[]> {
  const byId = new Map<string, PersonDecision[]>();
  for (const one of decisions) byId.set(one.artifactId, [...(byId.get(one.artifactId) ?? []), one]);
  return byId;
}

/**
 * Binds that a person took back and that nobody has accepted since.
 * @param chosen the candidates that would be bound, by artifact
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

/** A bind that was taken back is not repeated by a machine: it waits until somebody accepts a candidate. */
export function withUndoneBind(row: PlanRow, one: UndoneBind): PlanRow {
  const at = timeText(one.at).slice(0, 16).replace('T', ' ');
  const why = one.reason === null ? '' : ` (${one.reason})`;
  return {
    ...row,
    status: 'needs_review',
    destination: null,
    destination_path: null,
    explanation: `${row.explanation} A bind of this row was undone by ${one.by} on ${at}${why}: accept a candidate to bind it again.`,
  };
}

/** Which stand-in is in the place of the file that is to be bound: it is moved only if it is still that one. */
export async function withStandIn(row: PlanRow, destination: string): Promise<PlanRow> {
  if (row.destination === null) return row;
  const there = await standInAt(destination, relative(destination, row.destination));
  return there === undefined ? row : { ...row, basis: { ...row.basis, stand_in: there.sha256 } };
}
