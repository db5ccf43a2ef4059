import { createHash } from 'node:crypto';
import type { PlanHead, PlanRow } from './plan-document.js';

/**
 * Computes the SHA-256 of the plan's JSON with sorted keys, so that white space and key order do not matter. Works row
 * by row, so that the entire JSON is never in memory.
 */
export class PlanDigest {
  readonly #hash = createHash('sha256');
  readonly #before: string;
  #rows = 0;

  /** @param head what precedes the rows; must include all keys that sort before `rows` */
  constructor(head: Readonly<Record<string, unknown>>) {
    this.#before = beforeRows(head);
    this.#hash.update(`{${this.#before}"rows":[`);
  }

  add(row: PlanRow): void {
    this.#hash.update(`${this.#rows === 0 ? '' : ','}${JSON.stringify(sorted(row))}`);
    this.#rows += 1;
  }

  /** @param head everything but the rows; the keys that precede them must be unchanged */
  end(head: PlanHead): string | undefined {
    if (beforeRows(head) !== this.#before) return undefined;
    const after = partsOf(head, (key) => key > 'rows').map((part) => `,${part}`);
    return this.#hash.update(`]${after.join('')}}`).digest('hex');
  }
}

function beforeRows(head: Readonly<Record<string, unknown>>): string {
  return partsOf(head, (key) => key < 'rows')
    .map((part) => `${part},`)
    .join('');
}

function partsOf(head: Readonly<Record<string, unknown>>, keep: (key: string) => boolean): string[] {
  return Object.entries(head)
    .filter(([key]) => keep(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(sorted(value))}`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
