import { z } from 'zod';

/** Increased whenever the format or meaning of a plan changes: `apply` rejects plans of other versions. */
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
  /** `object` and `member`, formatted for people. */
  path: z.string(),
  size_bytes: z.number().int().min(0).nullable(),
  mtime: z.string().nullable(),
  sha256: sha256.nullable(),
  content: z.string(),
  /** What proved a content that was read during planning. */
  verified_by: z.enum(['sha256', 'container-checksum', 'none']).nullable(),
  /** Whether its content is in the cache next to the plan. */
  cached: z.boolean(),
  /** `'normalised'` is what earlier versions wrote for `'similar'`. */
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
  /** `to_bind` is planned; `bound` and `refused` are results of applying the plan. */
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
  /** Absolute; null if nothing will be bound. */
  destination: z.string().nullable(),
  /** The future value of `file_path`. */
  destination_path: z.string().nullable(),
  /** The candidate to bind. */
  chosen: z.string().nullable(),
  /** Trusted digests. If there are any, the content must have one of them. */
  trusted_sha256: z.array(sha256),
  expected_size_bytes: z.number().int().min(0).nullable(),
  /** The most plausible failure mode of a row that has no file at the end. */
  failure_mode: z.string().nullable(),
  reason: z.string().nullable(),
  /** Why no file can be placed, whatever a person accepts. */
  obstacle: z.string().nullable(),
  /** What the decision depends on: if any of it has changed, nothing is bound. */
  basis: z.strictObject({
    /** The raw JSON texts of the metadata keys that it depends on, if present. */
    keys: z.record(z.string(), z.string()),
    /** The old digests of drift that was not accepted. */
    drifted: z.array(sha256),
    /** A person's last decision about the row. */
    decision: z.string().nullable(),
    /** A SHA-256 over the values that `registry.digests` names. */
    recorded: sha256.optional(),
    /** The SHA-256 of the stand-in that replaces the file; absent if there is none. */
    stand_in: sha256.optional(),
  }),
  candidates: z.array(candidateSchema),
  /** Number of places with an expected name. Larger than the number of candidates if only the best are listed. */
  places: z.number().int().min(0).optional(),
  /** Candidates whose names are only similar: hints for a person, who may accept one. */
  similar: z.array(candidateSchema).optional(),
  similar_places: z.number().int().min(0).optional(),
});

/** A row that the plan does not decide but that the reports include. */
const earlierSchema = z.strictObject({
  id: z.string(),
  artifact_type: z.string(),
  file_path: z.string().nullable(),
  title: z.string().nullable(),
  /** `bound`: by an earlier run, and its file exists. `unrecoverable`: marked as such and not searched for. */
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
  /** Number of archives searched in each series. */
  archives: z.union([z.literal('all'), z.number().int().min(1)]),
  destination: z.string(),
  /** The device of the destination. If it differs, the disk is not mounted. */
  destination_device: z.string(),
  totals: z.record(z.string(), z.strictObject({ rows: z.number(), on_disk_before: z.number() })),
  sources: z.array(sourceSchema),
  rows: z.array(rowSchema),
  earlier: z.array(earlierSchema).optional(),
});

export type PlanDocument = z.output<typeof planSchema>;
/** A plan without its rows. */
export type PlanHead = Omit<PlanDocument, 'rows'>;
export type PlanRow = PlanDocument['rows'][number];
export type PlanStatus = PlanRow['status'];
export type PlanCandidate = PlanRow['candidates'][number];
export type EarlierRow = z.output<typeof earlierSchema>;
export type PlanSource = PlanDocument['sources'][number];

/** Everything in a plan except its rows. */
export const headSchema = planSchema.omit({ rows: true });
