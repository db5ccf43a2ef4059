import { z } from 'zod';
import { Failure } from '../../../core/failure.js';
import { PlanDigest } from './plan-digest.js';
import { headSchema, PLAN_VERSION, type PlanHead, type PlanRow, rowSchema } from './plan-document.js';
import { PlanSplitter, PlanTextError, type RowText } from './plan-splitter.js';

/** Parses a plan as a stream and stops at the first error. Passes rows on without keeping them. */
export class PlanReader {
  #digest: PlanDigest | undefined;
  readonly #onRow: (row: PlanRow, text: RowText) => void;
  readonly #splitter = new PlanSplitter(
    (head) => this.#begin(parseObject(head)),
    (text) => this.#row(text),
  );

  /** @param onRow called with each row before the digest of the plan is verified, so it must not have side effects */
  constructor(onRow: (row: PlanRow, text: RowText) => void) {
    this.#onRow = onRow;
  }

  /** @throws Failure `plan.invalid`, `plan.version` */
  push(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk);
    } catch (error) {
      if (error instanceof PlanTextError) throw refused('plan.invalid', `the plan ${error.message}`);
      throw error;
    }
  }

  /** @throws Failure `plan.invalid`, `plan.version`, `plan.edited` (exit 2: nothing was touched) */
  end(): PlanHead {
    const { sha256: stated, rows: _, ...body } = parseObject(this.#splitter.end());
    requireVersion(body);
    const head = headSchema.safeParse(body);
    if (!head.success) throw unreadable(head.error);
    if (this.#digest === undefined) throw refused('plan.invalid', 'the plan cannot be read: it has no rows');
    if (stated !== this.#digest.end(head.data)) throw edited();
    return head.data;
  }

  #begin(head: Record<string, unknown>): void {
    requireVersion(head);
    // A second list of rows would not be covered by the digest.
    if (this.#digest !== undefined)
      throw refused('plan.invalid', 'the plan cannot be read: it has two lists of rows');
    this.#digest = new PlanDigest(head);
  }

  /** Stops at the first invalid row: a hostile file may have millions. */
  #row(text: RowText): void {
    const one = rowSchema.safeParse(parsed(text.text));
    if (!one.success) throw unreadable(one.error);
    this.#digest?.add(one.data);
    this.#onRow(one.data, text);
  }
}

/** @throws Failure `plan.other_registry` (exit 2) */
export function requireRegistry(head: PlanHead, registry: string): void {
  if (head.registry === registry) return;
  const message = `the plan is for the registry ${head.registry}, not for ${registry}`;
  throw refused('plan.other_registry', message);
}

export function edited(): Failure {
  return refused('plan.edited', 'the plan was edited or damaged after it was written');
}

function requireVersion({ version }: Record<string, unknown>): void {
  if (version === PLAN_VERSION || version === undefined) return;
  throw refused(
    'plan.version',
    `the plan has version ${JSON.stringify(version)}, but this version of salvor requires ${PLAN_VERSION}`,
  );
}

function unreadable(error: z.ZodError): Failure {
  return refused('plan.invalid', `the plan cannot be read: ${z.prettifyError(error).slice(0, 500)}`);
}

function parseObject(text: string): Record<string, unknown> {
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw refused('plan.invalid', 'the plan is not a JSON object');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('plan.invalid', 'the plan is not a JSON object');
  }
}

function refused(code: string, message: string): Failure {
  return new Failure(code, message, { hint: 'make a new plan with `salvor recovery plan`', exitCode: 2 });
}
