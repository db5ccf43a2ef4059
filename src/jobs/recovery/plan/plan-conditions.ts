import { relative } from 'node:path';
import { timeText } from '../../../core/iso-time.js';
import type { PersonDecision } from '../../../registry/recovery/recovery-port.js';
import { standInAt } from '../apply/place/stand-in-place.js';
import type { PlanPorts } from '../options.js';
import type { PlanRow } from './plan-document.js';

/** Decisions by the artifact that they are about, in their order. */
export function byArtifact(decisions: readonly PersonDecision[]): Map<string, PersonDecision[]> {
  const byId = new Map<string, PersonDecision[]>();
  for (const one of decisions) byId.set(one.artifactId, [...(byId.get(one.artifactId) ?? []), one]);
  return byId;
}

/** A bind that a person took back is not repeated by a machine: it waits until somebody accepts a candidate. */
export async function withUndoneBinds(
  rows: readonly PlanRow[],
  decisions: ReadonlyMap<string, readonly PersonDecision[]>,
  ports: Pick<PlanPorts, 'reader'>,
): Promise<PlanRow[]> {
  const planned = rows.filter((row) => row.status === 'to_bind').map((row) => row.id);
  if (planned.length === 0) return [...rows];
  const undone = await ports.reader.undoneBinds(planned);
  return rows.map((row) => {
    const one = row.status === 'to_bind' ? undone.get(row.id) : undefined;
    if (one === undefined) return row;
    const isAccepted = decisions
      .get(row.id)
      ?.some(({ decision, cid, at }) => decision === 'accept' && cid === row.chosen && at > one.at);
    if (isAccepted === true) return row;
    const at = timeText(one.at).slice(0, 16).replace('T', ' ');
    const why = one.reason === null ? '' : ` (${one.reason})`;
    return {
      ...row,
      status: 'needs_review',
      destination: null,
      destination_path: null,
      explanation: `${row.explanation} A bind of this row was undone by ${one.by} on ${at}${why}: accept a candidate to bind it again.`,
    };
  });
}

/** Which stand-in is in the place of each file that is to be bound: it is moved only if it is still that one. */
export async function withStandIns(rows: readonly PlanRow[], destination: string): Promise<PlanRow[]> {
  const done: PlanRow[] = [];
  for (const row of rows) {
    const there =
      row.destination === null
        ? undefined
        : await standInAt(destination, relative(destination, row.destination));
    done.push(there === undefined ? row : { ...row, basis: { ...row.basis, stand_in: there.sha256 } });
  }
  return done;
}
