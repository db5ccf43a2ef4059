import { PlanDigest } from './plan-digest.js';
import { headSchema, type PlanHead, type PlanRow, rowSchema } from './plan-document.js';

/**
 * The plan as it is written, piece by piece: readable, with a digest over all of it, so that an edit by hand is seen.
 * No piece is longer than a row, and no row is kept once it is written.
 */
export async function* planPieces(
  plan: PlanHead,
  rows: AsyncIterable<PlanRow> | Iterable<PlanRow>,
): AsyncGenerator<string> {
  const head = headSchema.parse(plan);
  const digest = new PlanDigest(head);
  let isFirst = true;
  // What closes the object is written after the rows.
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
