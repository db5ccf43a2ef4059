import { PlanDigest } from './plan-digest.js';
import { headSchema, type PlanHead, type PlanRow, rowSchema } from './plan-document.js';

/**
 * Writes the plan in pieces: readable, with a digest over everything, so that manual edits are detected. No piece is
 * longer than a row, and no row is kept after it is written.
 */
export async function* planPieces(
  plan: PlanHead,
  rows: AsyncIterable<PlanRow> | Iterable<PlanRow>,
): AsyncGenerator<string> {
  const head = headSchema.parse(plan);
  const digest = new PlanDigest(head);
  let isFirst = true;
  // The closing brace is written after the rows.
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "rows": [`;
  for await (const row of rows) {
    const good = rowSchema.parse(row);
    digest.add(good);
    const text = JSON.stringify(good, undefined, 2).replaceAll('\n', '\n    ');
    yield `${isFirst ? '' : ','}\n    ${text}`;
    isFirst = false;
  }
  yield `${isFirst ? '' : '\n  '}],\n  "sha256": "${digest.end(head)}"\n}\n`;
}
