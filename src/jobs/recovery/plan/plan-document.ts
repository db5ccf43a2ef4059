import { z } from 'zod';

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

export const rowSchema = z.strictObject({
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
    /** A SHA-256 over what other programs recorded at the places that `registry.digests` names. */
    recorded: sha256.optional(),
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
/** A plan without its rows, of which there may be any number. */
export type PlanHead = Omit<PlanDocument, 'rows'>;
export type PlanRow = PlanDocument['rows'][number];
export type PlanStatus = PlanRow['status'];
export type PlanCandidate = PlanRow['candidates'][number];
export type EarlierRow = z.output<typeof earlierSchema>;
export type PlanSource = PlanDocument['sources'][number];

/** What a plan has besides its rows. */
export const headSchema = planSchema.omit({ rows: true });
