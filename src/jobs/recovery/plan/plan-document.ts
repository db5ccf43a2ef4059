import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../../core/failure.js';
import { PlanSplitter, PlanTextError } from './plan-splitter.js';

/** Raised when what a plan says, or what it means, changes: `apply` does not guess what an older one meant. */
export const PLAN_VERSION = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().max(65_536);

const candidateSchema = z.strictObject({
  cid: z.string().regex(/^[0-9a-f]{12}$/),
  source: z.string(),
  kind: z.enum(['directory', 'git', 'archives']),
  object: z.string(),
  version: z.string().nullable(),
  member: name,
  /** `object` and `member` as a person reads them. */
  path: z.string(),
  size_bytes: z.number().int().min(0).nullable(),
  mtime: z.string().nullable(),
  sha256: sha256.nullable(),
  content: z.string(),
  /** What proved the bytes of a content that was read while planning. */
  verified_by: z.enum(['sha256', 'container-checksum', 'none']).nullable(),
  /** Its bytes are in the cache beside the plan. */
  cached: z.boolean(),
  /** `normalised` is what earlier versions called `similar`. */
  tier: z.enum(['anchored', 'tail', 'basename', 'similar', 'normalised', 'digest']),
  evidence: z.array(z.string()),
  rejected: z.string().nullable(),
  locator: z.record(z.string(), z.union([z.string(), z.number()])),
  paths: z.array(name),
  series: z.string().nullable(),
});

const rowSchema = z.strictObject({
  id: z.string(),
  artifact_type: z.string(),
  file_path: z.string().nullable(),
  title: z.string().nullable(),
  expected: z.array(z.string()),
  /** `to_bind` is planned; `bound` and `refused` are how applying the plan ended. */
  status: z.enum([
    'to_bind',
    'bound',
    'needs_review',
    'rejected',
    'external_reference',
    'residual',
    'undecided',
    'unrecoverable',
    'refused',
  ]),
  rule: z.string(),
  confidence: z.enum(['certain', 'approved', 'strong', 'weak', 'none']),
  explanation: z.string(),
  /** Absolute; null where nothing is to be bound. */
  destination: z.string().nullable(),
  /** What `file_path` will be. */
  destination_path: z.string().nullable(),
  /** The candidate to bind. */
  chosen: z.string().nullable(),
  /** Trusted digests: what the content must have, where there is one. */
  trusted_sha256: z.array(sha256),
  expected_size_bytes: z.number().int().min(0).nullable(),
  /** The most plausible failure mode, of rows that end without a file. */
  failure_mode: z.string().nullable(),
  reason: z.string().nullable(),
  /** Why no file can be put in its place, whatever a person accepts. */
  obstacle: z.string().nullable(),
  /** What the decision was based on: if any of it changed, nothing is bound. */
  basis: z.strictObject({
    /** Raw JSON texts of the metadata keys that it was based on, of those that were there. */
    keys: z.record(z.string(), z.string()),
    /** Old digests of drift that nobody accepted. */
    drifted: z.array(sha256),
    /** The last thing that a person said of the row. */
    decision: z.string().nullable(),
    /** The SHA-256 of the stand-in that is in the file's place; absent when there is none. */
    stand_in: sha256.optional(),
  }),
  candidates: z.array(candidateSchema),
  /** How many places have an expected name; more than there are candidates where only the best are listed. */
  places: z.number().int().min(0).optional(),
  /** Names that are only similar: hints for a person, who may accept one. */
  similar: z.array(candidateSchema).optional(),
  similar_places: z.number().int().min(0).optional(),
});

/** A row that the plan has nothing to decide about: it is in the reports all the same. */
const earlierSchema = z.strictObject({
  id: z.string(),
  artifact_type: z.string(),
  file_path: z.string().nullable(),
  title: z.string().nullable(),
  /** `bound`: by an earlier run, and its file is there. `unrecoverable`: marked so, and not looked for. */
  status: z.enum(['bound', 'unrecoverable']),
  explanation: z.string(),
});

const sourceSchema = z.strictObject({
  source: z.string(),
  kind: z.enum(['directory', 'git', 'archives']),
  state: z.enum(['complete', 'scoped', 'failed']),
  scope: z.string(),
  files: z.number().int().min(0),
  errors: z.array(z.string()),
});

const planSchema = z.strictObject({
  version: z.literal(PLAN_VERSION),
  plan_id: z.uuid(),
  registry: z.string(),
  created_at: z.iso.datetime(),
  types: z.array(z.string()),
  /** How many archives of a series were searched. */
  archives: z.union([z.literal('all'), z.number().int().min(1)]),
  destination: z.string(),
  /** The device that the destination was on: another one means that its disk is not mounted. */
  destination_device: z.string(),
  totals: z.record(z.string(), z.strictObject({ rows: z.number(), on_disk_before: z.number() })),
  sources: z.array(sourceSchema),
  rows: z.array(rowSchema),
  earlier: z.array(earlierSchema).optional(),
});

export type PlanDocument = z.output<typeof planSchema>;
export type PlanRow = PlanDocument['rows'][number];
export type PlanStatus = PlanRow['status'];
export type PlanCandidate = PlanRow['candidates'][number];
export type EarlierRow = z.output<typeof earlierSchema>;
export type PlanSource = PlanDocument['sources'][number];

/** What a plan has besides its rows. */
const headSchema = planSchema.omit({ rows: true });

/**
 * The plan as it is written, piece by piece: readable, with a digest over all of it, so that an edit by hand is seen.
 * No piece is longer than a row, whatever the number of rows.
 */
export function* planPieces(plan: PlanDocument): Generator<string> {
  const { rows, ...rest } = plan;
  const head = headSchema.parse(rest);
  const digest = new PlanDigest(head);
  // What closes the object is written after the rows.
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "rows": [`;
  for (const [i, row] of rows.entries()) {
    const good = rowSchema.parse(row);
    digest.add(good);
    const text = JSON.stringify(good, undefined, 2).replaceAll('\n', '\n    ');
    yield `${i === 0 ? '' : ','}\n    ${text}`;
  }
  yield `${rows.length === 0 ? '' : '\n  '}],\n  "sha256": "${digest.end()}"\n}\n`;
}

/** Reads a plan back while it streams; what is wrong ends it as soon as it is seen. */
export class PlanReader {
  readonly #rows: PlanRow[] = [];
  #sawRows = false;
  readonly #splitter = new PlanSplitter(
    (head) => {
      this.#sawRows = true;
      requireVersion(parseObject(head));
    },
    (text) => this.#row(text),
  );

  /** @throws Failure `plan.invalid`, `plan.version` */
  push(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk);
    } catch (error) {
      if (error instanceof PlanTextError) throw refused('plan.invalid', `the plan ${error.message}`);
      throw error;
    }
  }

  /**
   * With a registry, only a plan that was made for it.
   * @throws Failure `plan.invalid`, `plan.version`, `plan.edited`, `plan.other_registry` (exit 2: nothing was touched)
   */
  end(registry: string | undefined): PlanDocument {
    const { sha256: stated, rows: _, ...body } = parseObject(this.#splitter.end());
    requireVersion(body);
    const head = headSchema.safeParse(body);
    if (!head.success) throw unreadable(head.error);
    if (!this.#sawRows) throw refused('plan.invalid', "the plan can't be read: it has no rows");
    const digest = new PlanDigest(head.data);
    for (const row of this.#rows) digest.add(row);
    if (stated !== digest.end())
      throw refused('plan.edited', 'the plan is not what was written: it was edited or damaged');
    if (registry !== undefined && head.data.registry !== registry) {
      throw refused(
        'plan.other_registry',
        `the plan is for the registry ${head.data.registry}, not for ${registry}`,
      );
    }
    return { ...head.data, rows: this.#rows };
  }

  /** Up to the first that is none: a hostile file has millions. */
  #row(text: string): void {
    const one = rowSchema.safeParse(parsed(text));
    if (!one.success) throw unreadable(one.error);
    this.#rows.push(one.data);
  }
}

function requireVersion({ version }: Record<string, unknown>): void {
  if (version === PLAN_VERSION || version === undefined) return;
  throw refused(
    'plan.version',
    `the plan is of version ${JSON.stringify(version)}, this program writes ${PLAN_VERSION}`,
  );
}

function unreadable(error: z.ZodError): Failure {
  return refused('plan.invalid', `the plan can't be read: ${z.prettifyError(error).slice(0, 500)}`);
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
  return new Failure(code, message, { hint: 'make a new one with `salvor recovery plan`', exitCode: 2 });
}

/**
 * The SHA-256 of the document's JSON with all keys in order, so that white space and the order of keys do not matter;
 * row by row, so that the JSON is never whole in memory.
 */
class PlanDigest {
  readonly #hash = createHash('sha256');
  readonly #after: string;
  #rows = 0;

  constructor(head: Omit<PlanDocument, 'rows'>) {
    const parts = (keep: (key: string) => boolean): string[] =>
      Object.entries(head)
        .filter(([key]) => keep(key))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(sorted(value))}`);
    const before = parts((key) => key < 'rows').map((part) => `${part},`);
    this.#after = parts((key) => key > 'rows')
      .map((part) => `,${part}`)
      .join('');
    this.#hash.update(`{${before.join('')}"rows":[`);
  }

  add(row: PlanRow): void {
    this.#hash.update(`${this.#rows === 0 ? '' : ','}${JSON.stringify(sorted(row))}`);
    this.#rows += 1;
  }

  end(): string {
    return this.#hash.update(`]${this.#after}}`).digest('hex');
  }
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
