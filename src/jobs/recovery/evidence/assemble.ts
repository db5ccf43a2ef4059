import type { Owner, PersonDecision } from '../../../registry/recovery/recovery-port.js';
import type { MissingRow } from '../plan/row.js';
import type { Hit, VerifiedBy } from '../source-port.js';
import { type Candidate, candidateId, contentKeyOf } from './candidate.js';
import { type CheckResult, deferredCheck, runsCodeWhenLoaded } from './content/check.js';
import { basenameOf } from './expected.js';
import { genericReason } from './generic.js';
import type { NameMatch, NameMatcher } from './matcher.js';

/** What was learned of a hit by reading it while planning. */
export interface ReadHit {
  sha256: string;
  sizeBytes: number;
  check: CheckResult;
  verifiedBy: VerifiedBy;
}

/** Everything that candidates are made from. */
export interface Known {
  rows: ReadonlyMap<string, MissingRow>;
  matcher: NameMatcher;
  hits: ReadonlyMap<string, Hit>;
  /** By CID. */
  read: ReadonlyMap<string, ReadHit>;
  owners: readonly Owner[];
  decisions: readonly PersonDecision[];
  genericNames: ReadonlySet<string>;
  /** Sources that nothing is bound from without a person. */
  reviewOnly: ReadonlySet<string>;
  allowUnverified: boolean;
}

/** The candidates of every row; what they say of one another (contested) is not in them yet. */
export function candidatesOf(known: Known): Map<string, Candidate[]> {
  const directories = directoriesOfNames(known.hits.values());
  const digests = digestsByKey(known);
  const checks = checksByContent(known);
  const wanting = rowsByDigest(known.rows.values());
  const person = personOf(known.decisions);
  const byRow = new Map<string, Candidate[]>([...known.rows.keys()].map((id) => [id, []]));
  for (const [cid, hit] of known.hits) {
    const sha256 = hit.sha256 ?? known.read.get(cid)?.sha256 ?? digests.get(contentKeyOf(hit, undefined));
    for (const match of matchesOf(known, hit, sha256 === undefined ? [] : (wanting.get(sha256) ?? []))) {
      const row = known.rows.get(match.artifactId);
      if (row === undefined) continue;
      const generic = genericReason(
        basenameOf(hit.paths[0] ?? ''),
        directories.get(basenameOf(hit.paths[0] ?? '')) ?? 0,
        known.genericNames,
      );
      const candidate = candidateOf(
        known,
        cid,
        hit,
        row,
        match,
        sha256,
        sha256 === undefined ? undefined : checks.get(sha256),
      );
      byRow.get(row.id)?.push({
        ...candidate,
        ...(generic === undefined ? {} : { generic }),
        person: person(row.id, cid),
      });
    }
  }
  return byRow;
}

/** Rows that the file belongs to by its name, then those that only its digest speaks for. */
function matchesOf(known: Known, hit: Hit, byDigest: readonly string[]): NameMatch[] {
  const byName = known.matcher.match(hit.paths);
  const named = new Set(byName.map((match) => match.artifactId));
  const others = byDigest.filter((id) => !named.has(id));
  return [
    ...byName,
    ...others.map((artifactId) => ({ artifactId, tier: 'digest' as const, expected: '', segments: 0 })),
  ];
}

function rowsByDigest(rows: Iterable<MissingRow>): Map<string, string[]> {
  const wanting = new Map<string, string[]>();
  for (const row of rows) {
    for (const { sha256 } of row.trustedDigests)
      wanting.set(sha256, [...(wanting.get(sha256) ?? []), row.id]);
  }
  return wanting;
}

function candidateOf(
  known: Known,
  cid: string,
  hit: Hit,
  row: MissingRow,
  match: NameMatch,
  sha256: string | undefined,
  knownCheck: CheckResult | undefined,
): Omit<Candidate, 'person'> {
  const read = known.read.get(cid);
  const basename = basenameOf(match.expected === '' ? hit.member : match.expected);
  const sizeBytes = read?.sizeBytes ?? hit.sizeBytes;
  const check = read?.check ?? hit.examined ?? knownCheck ?? deferredCheck(basename, sizeBytes);
  const distrust = distrustOf(known, hit, read, row);
  return {
    cid,
    hit: sizeBytes === undefined ? hit : { ...hit, sizeBytes },
    tier: match.tier,
    segments: match.segments,
    expected: match.expected,
    contentKey: contentKeyOf(hit, sha256),
    ...(sha256 === undefined ? {} : { sha256 }),
    digest: digestState(row, sha256),
    sizeContradicts:
      sizeBytes !== undefined &&
      row.sizeBytes !== null &&
      row.trustedDigests.length <= 1 &&
      row.sizeBytes !== sizeBytes,
    check: check.state,
    checkReason: check.reason,
    trusted: distrust === undefined,
    ...(distrust === undefined ? {} : { distrust }),
    plantable: hit.kind === 'directory' && runsCodeWhenLoaded(basename),
    superseded: hit.superseded !== undefined,
    cached: read !== undefined,
  };
}

/** An archive that is not compressed has no checksum that could prove a content that nobody knows the digest of. */
const WITHOUT_CHECKSUM = /\.tar$/i;

function distrustOf(known: Known, hit: Hit, read: ReadHit | undefined, row: MissingRow): string | undefined {
  if (known.reviewOnly.has(hit.source)) return 'its source is only to be reviewed';
  const foreseen = hit.kind === 'archives' && hit.sha256 === undefined && WITHOUT_CHECKSUM.test(hit.object);
  const unproven = (read?.verifiedBy === 'none' || foreseen) && row.trustedDigests.length === 0;
  return unproven && !known.allowUnverified
    ? 'no checksum proves that its bytes are those that were archived'
    : undefined;
}

function digestState(row: MissingRow, sha256: string | undefined): Candidate['digest'] {
  if (sha256 === undefined || row.trustedDigests.length === 0) return 'none';
  return row.trustedDigests.some((one) => one.sha256 === sha256) ? 'equal' : 'contradicts';
}

/** One content under one path of a series has one digest, wherever it was learned. */
function digestsByKey(known: Known): Map<string, string> {
  const digests = new Map<string, string>();
  for (const [cid, hit] of known.hits) {
    const sha256 = hit.sha256 ?? known.read.get(cid)?.sha256;
    const key = contentKeyOf(hit, undefined);
    if (sha256 !== undefined && key.startsWith('provisional:')) digests.set(key, sha256);
  }
  return digests;
}

/** What reading one copy of a content has shown is true of every copy. */
function checksByContent(known: Known): Map<string, CheckResult> {
  return new Map([...known.read.values()].map(({ sha256, check }) => [sha256, check]));
}

/** In how many different directories each basename was seen: how specific it is. */
function directoriesOfNames(hits: Iterable<Hit>): Map<string, number> {
  const seen = new Map<string, Set<string>>();
  for (const hit of hits) {
    const path = hit.paths.at(-1) ?? '';
    const name = basenameOf(path);
    seen.set(name, (seen.get(name) ?? new Set()).add(path.slice(0, path.length - name.length)));
  }
  return new Map([...seen].map(([name, directories]) => [name, directories.size]));
}

/** The last word on a candidate; an acceptance ends with the next one of the same row. */
function personOf(decisions: readonly PersonDecision[]): (id: string, cid: string) => Candidate['person'] {
  const accepted = new Map<string, string>();
  const rejected = new Set<string>();
  for (const one of decisions) {
    if (one.decision === 'accept' && one.cid !== null) {
      accepted.set(one.artifactId, one.cid);
      rejected.delete(`${one.artifactId} ${one.cid}`);
    } else if (one.decision === 'reject') {
      for (const cid of one.cid === null ? cidsIn(one.detail) : [one.cid]) {
        rejected.add(`${one.artifactId} ${cid}`);
        if (accepted.get(one.artifactId) === cid) accepted.delete(one.artifactId);
      }
    }
  }
  return (id, cid) =>
    rejected.has(`${id} ${cid}`) ? 'rejected' : accepted.get(id) === cid ? 'accepted' : 'none';
}

/** The candidates that were known when a whole row was rejected. */
function cidsIn(detail: unknown): string[] {
  const list: unknown =
    typeof detail === 'object' && detail !== null && 'candidates' in detail ? detail.candidates : [];
  return Array.isArray(list)
    ? list
        .map((one: unknown) => (one as { cid?: unknown } | null)?.cid)
        .filter((cid) => typeof cid === 'string')
    : [];
}

/** Acceptances whose candidate is not there any more, or not as it was. */
export function changedAcceptances(
  decisions: readonly PersonDecision[],
  byRow: ReadonlyMap<string, readonly Candidate[]>,
): { id: string; cid: string }[] {
  const person = personOf(decisions);
  const accepted = decisions.filter(
    (one) => one.decision === 'accept' && one.cid !== null && person(one.artifactId, one.cid) === 'accepted',
  );
  return accepted.flatMap(({ artifactId, cid }) => {
    const candidates = byRow.get(artifactId);
    const there = candidates === undefined || cid === null || candidates.some((one) => one.cid === cid);
    return there ? [] : [{ id: artifactId, cid }];
  });
}

/** Collects hits by their CID; a source that reports a place twice reports it once. */
export class HitSet {
  readonly byCid = new Map<string, Hit>();
  leftOut = 0;

  constructor(private readonly limit: number) {}

  add(hit: Hit): string {
    const cid = candidateId(hit);
    if (this.byCid.size < this.limit || this.byCid.has(cid)) this.byCid.set(cid, hit);
    else this.leftOut += 1;
    return cid;
  }
}
