import { CHECKSUM_KEYS } from '../../../core/checksum-marker.js';
import { timeText } from '../../../core/iso-time.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PersonDecision } from '../../../registry/recovery/recovery-port.js';
import { onRecord } from './on-record.js';
import type { PlanRow } from './plan-document.js';
import type { MissingRow } from './row.js';

export const RECOVERED_FROM = 'file_recovered_from';
export const UNRECOVERABLE_KEYS = [
  'file_unrecoverable',
  'file_unrecoverable_reason',
  'file_unrecoverable_at',
] as const;

/** Metadata keys in which other programs record a digest of the file. */
const DIGEST_KEYS = [
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'checksum',
  'content_hash',
  'file_md5',
  'file_sha1',
  'file_sha512',
  'content_md5',
  'content_sha1',
  'content_sha256',
] as const;

/**
 * The metadata keys that a decision about a row depends on: digests, marks, and the origin of a recovered file. A bind
 * or mark is written only if none of them has changed.
 */
export const BASIS_KEYS: readonly string[] = [
  ...CHECKSUM_KEYS,
  RECOVERED_FROM,
  ...UNRECOVERABLE_KEYS,
  ...DIGEST_KEYS,
];

/** What a decision about a row depends on, in addition to its path and type. */
export type Basis = PlanRow['basis'];

/** @param decisions people's decisions about this row that were not withdrawn, newest last */
export function basisOf(row: MissingRow, decisions: readonly PersonDecision[]): Basis {
  const keys = BASIS_KEYS.filter((key) => Object.hasOwn(row.metadata, key));
  return {
    keys: Object.fromEntries(keys.map((key) => [key, JSON.stringify(row.metadata[key])])),
    drifted: row.trustedDigests.flatMap((one) => (one.from === 'drift' ? [one.sha256] : [])).sort(),
    decision: decisions.at(-1)?.id ?? null,
    ...(row.onRecord === undefined ? {} : { recorded: row.onRecord.state }),
  };
}

/** The current state of a row. */
export interface RowNow {
  artifact: ArtifactRow;
  /** The old digests of drift that was not accepted. */
  drifted: readonly string[];
  decisions: readonly PersonDecision[];
}

export interface Refusal {
  code: string;
  message: string;
}

/** The first change since the plan was made, or undefined. */
export function changeSince(row: PlanRow, now: RowNow): Refusal | undefined {
  const { artifact, decisions } = now;
  const changed = (what: string): Refusal => ({
    code: 'row.changed',
    message: `${what} since the plan was made`,
  });
  if (artifact.metadata.kind === 'bad')
    return changed(`its metadata became invalid (${artifact.metadata.reason})`);
  if ((artifact.path ?? '') !== (row.file_path ?? '')) return changed('its file_path was changed');
  if (artifact.type !== row.artifact_type)
    return changed(`its type was changed to ${JSON.stringify(artifact.type)}`);
  const { keys } = artifact.metadata;
  const different = BASIS_KEYS.find((key) => !sameValue(row.basis.keys[key] ?? null, keys[key] ?? null));
  if (different !== undefined)
    return changed(`its metadata.${different} was changed to ${shown(keys[different] ?? null)}`);
  if (onRecord(artifact)?.state !== row.basis.recorded)
    return changed('a digest that `registry.digests` names was changed');
  const decided = decisionSince(row.basis.decision, decisions);
  if (decided !== undefined) return decided;
  if ([...now.drifted].sort().join() !== row.basis.drifted.join())
    return changed('drift of its file was detected or resolved');
  return undefined;
}

/** Whether people's decisions about a row changed since the plan was made; the message says who did what. */
export function decisionSince(
  known: string | null,
  decisions: readonly PersonDecision[],
): Refusal | undefined {
  const last = decisions.at(-1);
  if ((last?.id ?? null) === known) return undefined;
  const message =
    last === undefined
      ? 'the decision was withdrawn since the plan was made'
      : `${describeDecision(last)} since the plan was made`;
  return { code: 'decision.changed', message };
}

const VERBS = {
  accept: 'accepted',
  reject: 'rejected',
  unrecoverable: 'marked it as unrecoverable',
} as const;

/** `alice@host rejected candidate 1a2b… on 2026-11-28 12:00`. */
function describeDecision(one: PersonDecision): string {
  const what =
    one.decision === 'unrecoverable' ? '' : one.cid === null ? ' every candidate' : ` candidate ${one.cid}`;
  const at = timeText(one.at).slice(0, 16).replace('T', ' ');
  return `${one.actor} ${VERBS[one.decision]}${what} on ${at}`;
}

/** Whether two raw JSON texts have the same value. Numbers are compared as JavaScript reads them, as in the plan. */
function sameValue(planned: string | null, now: string | null): boolean {
  if (planned === now || planned === null || now === null) return planned === now;
  return canonical(planned) === canonical(now);
}

function canonical(raw: string): string {
  return JSON.stringify(JSON.parse(raw), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function shown(raw: string | null): string {
  if (raw === null) return 'nothing';
  return raw.length > 80 ? `${raw.slice(0, 80)}…` : raw;
}
