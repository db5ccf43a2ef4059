import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import { sha256Of } from '../../../files/stand-in.js';
import { HitSet } from '../evidence/assemble.js';
import { candidateId } from '../evidence/candidate.js';
import { checkContent } from '../evidence/content/check.js';
import { Sampler } from '../evidence/content/sample.js';
import { basenameOf } from '../evidence/expected.js';
import { HintSet } from '../evidence/hints.js';
import type { NameMatcher } from '../evidence/matcher.js';
import type { FailedRead, ReadHit } from '../evidence/places.js';
import type { PlanPorts } from '../options.js';
import type {
  Examined,
  Examiner,
  Extraction,
  Hit,
  Query,
  SearchMemory,
  Source,
  SourceReport,
} from '../source-port.js';
import { recallRead, rememberRead } from './remembered-reads.js';
import type { MissingRow } from './row.js';
import { type ByContent, StatedContents } from './stated-contents.js';

/** At most this many places from all sources: a search that finds more looked for a very common name. */
const MAX_HITS = 500_000;

export interface Found {
  hits: ReadonlyMap<string, Hit>;
  /** Places with names that are only similar. */
  hints: HintSet;
  read: Map<string, ReadHit>;
  /** Failed reads during planning. */
  failed: Map<string, FailedRead>;
  /** Digests other than SHA-256, by CID. */
  digests: Map<string, ReadonlyMap<DigestAlgorithm, string>>;
  reports: SourceReport[];
}

/** The coarsest clocks of file systems tick every two seconds; those of file servers may differ by a few more. */
const SETTLED_MS = 10_000;

/** Searches every source in order. */
export async function searchSources(
  rows: readonly MissingRow[],
  matcher: NameMatcher,
  /** CIDs that a person decided about. */
  decided: ReadonlySet<string>,
  ports: PlanPorts,
): Promise<Found> {
  const hints = new HintSet(decided);
  const found = { hits: new HitSet(MAX_HITS, hints), read: new Map<string, ReadHit>() };
  const asked = askedOf(rows);
  const stated = new StatedContents(asked);
  const reports: SourceReport[] = [];
  for (const source of directoriesFirst(ports.sources)) {
    ports.signal.throwIfAborted();
    const query = queryOf(asked, matcher, ports, { source, read: found.read });
    const report = await source.search(query, (hit) => found.hits.add(hit), ports.signal);
    if (source.kind === 'directory') stated.learn(found.hits.byCid.values());
    const leftOut = found.hits.leftOut;
    found.hits.leftOut = 0;
    const bounded: SourceReport =
      leftOut > 0 && report.state === 'complete'
        ? { ...report, state: 'scoped', scope: `${report.scope}, ${counted(leftOut, 'place')} omitted` }
        : report;
    reports.push(bounded);
    for (const finding of findingsOf(bounded)) ports.emit({ type: 'finding', finding });
    ports.emit({ type: 'examined', subjects: [source.name] });
    ports.emit({
      type: 'progress',
      unit: 'archives',
      done: reports.reduce((sum, one) => sum + one.archivesSearched, 0),
      detail: { source: source.name, state: bounded.state, places: found.hits.byCid.size },
    });
  }
  for (const hit of stated.contents(found.hits.byCid.values())) found.hits.add(hit);
  return { hits: found.hits.byCid, hints, read: found.read, failed: new Map(), digests: new Map(), reports };
}

/**
 * The findings of a source. A source that could not be searched is a finding itself, because its contents are unknown.
 */
function findingsOf({ source, state, scope, errors, findings }: SourceReport): readonly Finding[] {
  if (state !== 'failed') return findings;
  const [first] = errors;
  const message = `could not be searched: ${scope}${first === undefined ? '' : ` (${first})`}`;
  return [...findings, { code: 'source.failed', severity: 'error', subject: source, message }];
}

/**
 * Puts directories first, because the contents that their stand-ins state are then searched for in all other sources.
 */
function directoriesFirst(sources: readonly Source[]): Source[] {
  const isOther = (source: Source): number => Number(source.kind !== 'directory');
  return [...sources].sort((a, b) => isOther(a) - isOther(b));
}

function askedOf(rows: readonly MissingRow[]): ByContent {
  return {
    digests: new Set(rows.flatMap((row) => row.trustedDigests.map((one) => one.sha256))),
    standIns: rows.flatMap(({ standIn }) =>
      standIn?.key !== undefined && sha256Of(standIn) === null ? [standIn] : [],
    ),
    sizes: new Set(
      rows.flatMap((row) => (row.sizeBytes !== null && row.trustedDigests.length > 0 ? [row.sizeBytes] : [])),
    ),
  };
}

function queryOf(
  asked: ByContent,
  matcher: NameMatcher,
  ports: Pick<PlanPorts, 'cache' | 'memory' | 'clock'>,
  { source, read }: { source: Source; read: Map<string, ReadHit> },
): Query {
  const { cache, memory } = ports;
  const kept = new Map<string, { path: string; hit: Hit; check: ReadHit['check']; sha256: string }>();
  return {
    needles: matcher.needles,
    wants: (path) => matcher.wants(path),
    isHint: (path) => matcher.isHint(path),
    ...asked,
    examine: examiner,
    keep: (hit) => {
      if (!cache.fits(hit.sizeBytes ?? 0)) return undefined;
      return cache.open((content) => {
        const check = checkContent(basenameOf(hit.member), content.sample);
        kept.set(candidateId(hit), { path: content.path, hit, check, sha256: content.sha256 });
      });
    },
    kept: (hit: Hit, outcome: Extraction) => {
      const content = kept.get(candidateId(hit));
      if (content === undefined || !outcome.ok) return;
      const { sha256, sizeBytes, verifiedBy } = outcome;
      const known = { sha256, sizeBytes, verifiedBy, check: content.check };
      read.set(candidateId(hit), known);
      rememberRead(source, hit, known, memory);
    },
    memory: memoryOf(source, read, ports),
  };
}

function memoryOf(
  source: Source,
  read: Map<string, ReadHit>,
  { cache, memory, clock }: Pick<PlanPorts, 'cache' | 'memory' | 'clock'>,
): SearchMemory {
  const named = (identity: string): string => JSON.stringify([source.identity, identity]);
  return {
    recall: (hit) => {
      const known = recallRead(source, hit, memory);
      if (known === undefined) return undefined;
      read.set(candidateId(hit), known);
      cache.claim(known.sha256);
      return examinedOf(known.check);
    },
    recallScan: async (identity) =>
      source.identity === undefined ? undefined : memory.recallScan(named(identity)),
    rememberScan: async (identity, scanned) => {
      if (source.identity !== undefined) await memory.rememberScan(named(identity), scanned);
    },
    recallFile: (place, identity) => memory.recallFile(place, identity),
    rememberFile: (place, file, { changedMs, startedMs }) => {
      if (startedMs - changedMs > SETTLED_MS) memory.rememberFile(place, file);
    },
    nowMs: () => clock.now().getTime(),
  };
}

function examinedOf({ state, reason, standIn }: ReadHit['check']): Examined {
  return { state: state === 'deferred' ? 'unknown' : state, reason, ...(standIn && { standIn }) };
}

function examiner(path: string): Examiner {
  const sampler = new Sampler();
  return {
    push: (chunk) => sampler.push(chunk),
    end: () => {
      return examinedOf(checkContent(basenameOf(path), sampler.sample()));
    },
  };
}
