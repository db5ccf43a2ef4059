import type { Event } from '../../../events/event.js';
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
 * The candidates that must be read before a row can be decided: one copy of each content in the strongest tier, all
 * candidates of a row with a recorded digest if names do not decide it, and the only hint of a row. A listing or an
 * index does not tell what a member contains, and nothing is proposed that reading would rule out: the decision is the
 * same with a listing, with an index, and without either. If an archive is read anyway, all strongest candidates in it
 * are read, so that it is not fetched twice, and so are the candidates that are compared with digests of other
 * programs.
 */
export function toBeRead(judged: readonly Judged[], compared: readonly Candidate[] = []): Candidate[] {
  const needed = judged.flatMap(neededBy).filter(isUnseen);
  const archives = new Set(needed.filter((one) => one.hit.kind === 'archives').map((one) => one.hit.object));
  const along = judged
    .flatMap(({ candidates, decision }) => strongest(candidates, decision))
    .filter((one) => archives.has(one.hit.object));
  const hints = withinArchives(judged.flatMap(loneHint), archives).slice(0, MAX_HINTS_READ);
  const all = new Map([...needed, ...compared, ...along, ...hints].map((one) => [one.cid, one]));
  // Directories and repositories were read during the search, except for hints that a person accepted.
  return [...all.values()].filter(
    (one) =>
      !one.cached && one.hit.cold === undefined && (one.hit.kind === 'archives' || one.hit.hint === true),
  );
}

/** At most this many hints are read before a person is asked; each costs an open file or a few requests. */
const MAX_HINTS_READ = 1000;
/** At most this many archives without an index are read only because of hints. */
const MAX_HINT_ARCHIVES = 50;
/** Error pages and placeholders are smaller; anything larger is left to a person. */
const MAX_HINT_BYTES = 1024 * 1024;

/** The check of a content that was read, here or in another place, is known. */
function isUnseen(one: Candidate): boolean {
  return !one.cached && (one.sha256 === undefined || one.check === 'deferred' || one.check === 'unknown');
}

/**
 * The only similar candidate of a row. It is read so that a person is not asked about an error page or an empty file.
 */
function loneHint({ decision }: Judged): Candidate[] {
  const { chosen } = decision;
  if (decision.rule !== '9-similar' || chosen === undefined || !isUnseen(chosen)) return [];
  return (chosen.hit.sizeBytes ?? 0) <= MAX_HINT_BYTES ? [chosen] : [];
}

/** Leaves out hints that would make too many archives be read entirely. */
function withinArchives(hints: readonly Candidate[], readAnyway: ReadonlySet<string>): Candidate[] {
  const extra = new Set<string>();
  return hints.filter(({ hit }) => {
    if (hit.kind !== 'archives' || hit.indexed === true || readAnyway.has(hit.object)) return true;
    if (extra.size < MAX_HINT_ARCHIVES) extra.add(hit.object);
    return extra.has(hit.object);
  });
}

function neededBy({ row, candidates, decision }: Judged): Candidate[] {
  if (decision.rule === '2-approved')
    return decision.chosen !== undefined && isUnread(decision.chosen) ? [decision.chosen] : [];
  const live = candidates.filter((one) => !decision.rejected.has(one.cid));
  const hasDigest = row.trustedDigests.length > 0;
  // Of many contents with a common name, a digest may prove one.
  if (hasDigest && decision.rule === '10-generic') return oneOfEach(live);
  if (SETTLED.has(decision.rule)) return [];
  if (hasDigest && decision.status !== 'bound') return oneOfEach(live);
  return decision.status === 'undecided' ? [] : strongest(candidates, decision);
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
  return oneOfEach(live.filter((one) => one.tier === tier));
}

/** One copy of each content: one that was read, else one that an index leads to, else the newest. */
function oneOfEach(candidates: readonly Candidate[]): Candidate[] {
  const best = new Map<string, Candidate>();
  for (const one of candidates) {
    const known = best.get(one.contentKey);
    if (known === undefined || readingOrder(one, known) < 0) best.set(one.contentKey, one);
  }
  return [...best.values()];
}

function readingOrder(a: Candidate, b: Candidate): number {
  return (
    Number(b.cached) - Number(a.cached) ||
    Number(b.hit.indexed === true) - Number(a.hit.indexed === true) ||
    b.hit.age - a.hit.age
  );
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
    const unread = own.filter((one) => !read.has(one.cid));
    const fits = fitting(unread, ports.cache);
    if (fits.length < unread.length) ports.emit(notRead(source.name, unread.length - fits.length));
    const wanted = fits.map(
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
    let done = 0;
    const take = (outcome: Extraction): void => {
      done += 1;
      const detail = { source: source.name };
      ports.emit({ type: 'progress', unit: 'members', done, total: wanted.length, detail });
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

function notRead(source: string, count: number): Event {
  const message = `${count} ${count === 1 ? 'file was' : 'files were'} not read during planning: the content cache has no room`;
  return { type: 'finding', finding: { code: 'cache.full', severity: 'warning', subject: source, message } };
}

/** The smallest contents first, as many as the cache has room for: only small ones can be stand-ins or error pages. */
function fitting(candidates: readonly Candidate[], cache: Pick<PlanPorts['cache'], 'fits'>): Candidate[] {
  const size = ({ hit }: Candidate): number => hit.sizeBytes ?? 0;
  let total = 0;
  return [...candidates]
    .sort((a, b) => size(a) - size(b))
    .filter((one) => {
      if (!cache.fits(total + size(one))) return false;
      total += size(one);
      return true;
    });
}

/** The content exists, but its size or format is not supported. */
const NOT_TRIED: ReadonlySet<string> = new Set(['archive.limit', 'archive.unsupported']);

/** Distinguishes content that does not exist from content that could not be read this time. */
export function failedRead({ code, message }: Extract<Extraction, { ok: false }>): FailedRead {
  const absent = /^(?:listing|archive|member|index|candidate)\./.test(code) && !NOT_TRIED.has(code);
  return { absent, message: absent ? `it is missing from its source or has changed: ${message}` : message };
}
