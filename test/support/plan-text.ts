import { type PlanDocument, PlanReader, planPieces } from '../../src/jobs/recovery/plan/plan-document.js';

/** The whole text of a plan's file. */
export function writePlan(plan: PlanDocument): string {
  return [...planPieces(plan)].join('');
}

/** Reads a plan's text in pieces of a few bytes, as a stream may bring it. */
export function readPlan(text: string, registry: string | undefined, pieceBytes = 4096): PlanDocument {
  const bytes = Buffer.from(text);
  const reader = new PlanReader();
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  return reader.end(registry);
}
