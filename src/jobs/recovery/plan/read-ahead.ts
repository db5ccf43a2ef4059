import { type Candidate, isUnread } from '../evidence/candidate.js';
import { type CheckResult, checkContent } from '../evidence/content/check.js';
import type { Decision } from '../evidence/decision.js';
import { basenameOf } from '../evidence/expected.js';
import { TIERS } from '../evidence/matcher.js';
import type { FailedRead, ReadHit } from '../evidence/places.js';
import type { PlanPorts } from '../options.js';
import type { Extraction, Wanted } from '../source-port.js';
import { recallRead, rememberRead } from './remembered-reads.js';
import type { MissingRow } from './row.js';

export interface Judged {
  row: MissingRow;
  candidates: readonly Candidate[];
  /** At most five names that are only similar. */
  hints: readonly Candidate[];
  /** Number of places with an expected name, and with a similar one. */
  places: number;
  hintPlaces: number;
  decision: Decision;
}

/**
 * The candidates that must be read before a row can be decided: those of the strongest tier if their content is unknown
 * or several may have the same content, and all candidates of a row with a recorded digest if names do not decide it.
 * If an archive is read anyway, all strongest candidates in it are read, so that it is not fetched twice. The only hint
 * of a row and the candidate that would be bound are read if that is cheap, and so are the candidates that are compared
 * with digests of other programs.
 */
export function toBeRead(judged: readonly Judged[], compared: readonly Candidate[] = []): Candidate[] {
  const needed = judged.flatMap(neededBy).filter((one) => one.sha256 === undefined);
  const archives = new Set(needed.filter((one) => one.hit.kind === 'archives').map((one) => one.hit.object));
  const along = judged
    .flatMap(({ candidates, decision }) => strongest(candidates, decision))
    .filter((one) => archives.has(one.hit.object));
  const hints = judged.flatMap((one) => loneHint(one, archives)).slice(0, MAX_HINTS_READ);
  const all = new Map(
    [...needed, ...compared, ...judged.flatMap(cheapBind), ...along, ...hints].map((one) => [one.cid, one]),
  );
  // Directories and repositories were read during the search, except for hints that a person accepted.
  return [...all.values()].filter(
    (one) =>
      !one.cached && one.hit.cold === undefined && (one.hit.kind === 'archives' || one.hit.hint === true),
  );
}

/** At most this many hints are read before a person is asked; each costs an open file or a few requests. */
const MAX_HINTS_READ = 1000;
/** Error pages and placeholders are smaller; anything larger is left to a person. */
const MAX_HINT_BYTES = 1024 * 1024;

/** A small candidate with a digest in an index would be bound unread: read it first to detect a stand-in or error page. */
function cheapBind({ decision }: Judged): Candidate[] {
  const { chosen, status, rule } = decision;
  if (status !== 'bound' || chosen === undefined || rule === '1-digest' || rule === '2-approved') return [];
  const { indexed, sizeBytes } = chosen.hit;
  return indexed === true && (sizeBytes ?? Number.POSITIVE_INFINITY) <= MAX_HINT_BYTES ? [chosen] : [];
}

/**
 * The only similar candidate of a row. It is read so that a person is not asked about an error page or an empty file.
 */
function loneHint({ decision }: Judged, archives: ReadonlySet<string>): Candidate[] {
  const { chosen } = decision;
  if (decision.rule !== '9-similar' || chosen === undefined || chosen.sha256 !== undefined) return [];
  const { kind, sizeBytes, indexed, object } = chosen.hit;
  // Do not read an entire archive for a hint, unless it is read anyway.
  const isCheap =
    kind !== 'archives' || (sizeBytes !== undefined && (indexed === true || archives.has(object)));
  return isCheap && (sizeBytes ?? 0) <= MAX_HINT_BYTES ? [chosen] : [];
}

function neededBy({ row, candidates, decision }: Judged): Candidate[] {
  if (decision.rule === '2-approved')
    return decision.chosen !== undefined && isUnread(decision.chosen) ? [decision.chosen] : [];
  if (SETTLED.has(decision.rule) || candidates.length === 0) return [];
  const live = candidates.filter((one) => !decision.rejected.has(one.cid));
  if (row.trustedDigests.length > 0 && decision.status !== 'bound') return newestOfEach(live);
  const top = strongest(candidates, decision);
  const contents = new Set(top.map((one) => one.contentKey));
  return contents.size > 1 || top.some(isUnread) ? newestOfEach(top) : [];
}

/** Reading cannot change these decisions. */
export const SETTLED: ReadonlySet<Decision['rule']> = new Set([
  '1-digest',
  '2-changed',
  '10-generic',
  'external-reference',
]);

function strongest(candidates: readonly Candidate[], decision: Decision): Candidate[] {
  const live = candidates.filter((one) => !decision.rejected.has(one.cid));
  const tier = TIERS.find((name) => live.some((one) => one.tier === name));
  return newestOfEach(live.filter((one) => one.tier === tier));
}

/** One copy of each content, from the newest archive. */
function newestOfEach(candidates: readonly Candidate[]): Candidate[] {
  const newest = new Map<string, Candidate>();
  for (const one of candidates) {
    const known = newest.get(one.contentKey);
    if (known === undefined || one.hit.age > known.hit.age) newest.set(one.contentKey, one);
  }
  return [...newest.values()];
}

export interface ReadAhead {
  bytesFetched: number;
  archivesRead: readonly string[];
}

/** Reads candidates into the cache, each archive in one pass. What does not fit stays unread. */
export async function readAhead(
  candidates: readonly Candidate[],
  { read, failed }: { read: Map<string, ReadHit>; failed: Map<string, FailedRead> },
  ports: PlanPorts,
): Promise<ReadAhead> {
  const total: { bytesFetched: number; archivesRead: string[] } = { bytesFetched: 0, archivesRead: [] };
  for (const source of ports.sources) {
    const own = candidates.filter((one) => one.hit.source === source.name && !failed.has(one.cid));
    for (const one of own) {
      const known = recallRead(source, one.hit, ports.memory);
      if (known === undefined) continue;
      read.set(one.cid, known);
      ports.cache.claim(known.sha256);
    }
    const wanted = own
      .filter((one) => !read.has(one.cid))
      .filter((one) => ports.cache.fits(one.hit.sizeBytes ?? 0))
      .map(
        (one): Wanted => ({
          id: one.cid,
          hit: one.hit,
          ...(one.hit.sha256 === undefined ? {} : { sha256: one.hit.sha256 }),
        }),
      );
    if (wanted.length === 0) continue;
    const hits = new Map(wanted.map((one) => [one.id, one.hit]));
    const checks = new Map<string, CheckResult>();
    const open = (one: Wanted): ReturnType<typeof ports.cache.open> =>
      ports.cache.open((content) => {
        checks.set(one.id, checkContent(basenameOf(one.hit.member), content.sample));
      });
    const take = (outcome: Extraction): void => {
      const check = checks.get(outcome.id);
      const hit = hits.get(outcome.id);
      if (outcome.ok && check !== undefined && hit !== undefined) {
        const { sha256, sizeBytes, verifiedBy, damage } = outcome;
        const known = { sha256, sizeBytes, verifiedBy, check, ...(damage && { damage }) };
        read.set(outcome.id, known);
        rememberRead(source, hit, known, ports.memory);
      } else if (!outcome.ok) {
        if (outcome.code !== 'cache.full') failed.set(outcome.id, failedRead(outcome));
        ports.emit({
          type: 'finding',
          finding: {
            code: outcome.code,
            severity: 'warning',
            subject: hit?.object ?? source.name,
            message: `${hit?.member ?? ''}: ${outcome.message}`,
          },
        });
      }
    };
    const summary = await source.extract(wanted, open, take, ports.signal);
    total.bytesFetched += summary.bytesFetched;
    total.archivesRead.push(...summary.archivesRead);
  }
  return total;
}

/** Distinguishes content that does not exist from content that could not be read this time. */
export function failedRead({ code, message }: Extract<Extraction, { ok: false }>): FailedRead {
  const absent = /^(?:listing|archive|member|index|candidate)\./.test(code);
  return { absent, message: absent ? `it is missing from its source or has changed: ${message}` : message };
}
