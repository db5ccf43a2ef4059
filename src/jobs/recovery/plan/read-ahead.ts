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
  /** How many places have an expected name, and how many a similar one. */
  places: number;
  hintPlaces: number;
  decision: Decision;
}

/**
 * Which candidates have to be read before a row can be decided: those of the strongest tier when what they hold is
 * not known, or when several may hold the same; and every one of a row whose digest is on record, if no name settles
 * it. All strongest candidates in an archive that is read anyway come along: it is not fetched a second time. So does
 * the only hint of a row and what would be bound, where that costs little, and what is compared with a digest of another program.
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
  // What a directory or a repository has was read while it was searched, but for what a person took from the hints.
  return [...all.values()].filter(
    (one) =>
      !one.cached && one.hit.cold === undefined && (one.hit.kind === 'archives' || one.hit.hint === true),
  );
}

/** Hints that are read before a person is asked; each costs an open file or a few requests. */
const MAX_HINTS_READ = 1000;
/** Pages of errors and placeholders are smaller; a person looks at what is larger. */
const MAX_HINT_BYTES = 1024 * 1024;

/** What an index knows the digest of would be bound unread: a stand-in or a page that is small is found out before. */
function cheapBind({ decision }: Judged): Candidate[] {
  const { chosen, status, rule } = decision;
  if (status !== 'bound' || chosen === undefined || rule === '1-digest' || rule === '2-approved') return [];
  const { indexed, sizeBytes } = chosen.hit;
  return indexed === true && (sizeBytes ?? Number.POSITIVE_INFINITY) <= MAX_HINT_BYTES ? [chosen] : [];
}

/** The only similar content of a row, which a person would be asked about: a page or nothing is no question. */
function loneHint({ decision }: Judged, archives: ReadonlySet<string>): Candidate[] {
  const { chosen } = decision;
  if (decision.rule !== '9-similar' || chosen === undefined || chosen.sha256 !== undefined) return [];
  const { kind, sizeBytes, indexed, object } = chosen.hit;
  // An archive is not read through for a hint, unless it is read anyway.
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

/** Nothing that is read would change what these say. */
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

/** Copies of one content are read once, from the newest archive. */
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

/** Reads candidates into the cache, each archive in one pass; what does not fit stays unread. */
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

/** Whether the content is not there, or only could not be had just now. */
export function failedRead({ code, message }: Extract<Extraction, { ok: false }>): FailedRead {
  const absent = /^(?:listing|archive|member|index|candidate)\./.test(code);
  return { absent, message: absent ? `it is not in its source as planned: ${message}` : message };
}
