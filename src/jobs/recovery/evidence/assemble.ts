import type { PersonDecision } from '../../../registry/recovery/recovery-port.js';
import type { MissingRow } from '../plan/row.js';
import type { Hit } from '../source-port.js';
import { type Candidate, candidateId } from './candidate.js';
import { deferredCheck, runsCodeWhenLoaded } from './content/check.js';
import { basenameOf, type Expected } from './expected.js';
import { type HintSet, mergeHints, type RowHints } from './hints.js';
import type { NameMatcher, Tier } from './matcher.js';
import { type Person, personOf } from './person.js';
import { type Hits, type Place, Places, tailOf } from './places.js';
import { contradicted } from './recorded.js';

/** The input for building candidates. */
export interface Known extends Hits {
  rows: ReadonlyMap<string, MissingRow>;
  expected: ReadonlyMap<string, Expected>;
  matcher: NameMatcher;
  hints: HintSet;
  decisions: readonly PersonDecision[];
  genericNames: ReadonlySet<string>;
  /** Sources that need a person's approval before anything is bound from them. */
  reviewOnly: ReadonlySet<string>;
  allowUnverified: boolean;
}

/** The best candidates of each tier for one row, and how many there were. */
export interface RowCandidates {
  candidates: Candidate[];
  /** Places with an expected name or digest, including those that are not listed as candidates. */
  places: number;
  hints: Candidate[];
  hintContents: number;
  hintPlaces: number;
}

/** Contents kept per row and tier: more than a person would compare. */
const MAX_CONTENTS = 8;
/** Places examined per row and list. A name with more places is too common to identify a file. */
const MAX_EXAMINED = 256;

/**
 * Builds the candidates of every row, a few dozen at most each, so that memory grows with rows plus hits, not with
 * their product. `contested` is not set yet.
 */
export function candidatesOf(known: Known): Map<string, RowCandidates> {
  const places = new Places(known, known.expected.values(), known.genericNames);
  const hintsByName = known.hints.byExpected(known.matcher);
  const person = personOf(known.decisions);
  return new Map(
    [...known.rows.values()].map((row) => {
      const expected = known.expected.get(row.id);
      const selection = new Selection(known, row, places, person);
      if (expected !== undefined) selection.select(expected);
      const own = mergeHints((expected?.basenames ?? []).map((name) => hintsByName.get(name)));
      return [row.id, selection.result(own)];
    }),
  );
}

class Selection {
  readonly #candidates = new Map<string, Candidate>();
  #places = 0;

  readonly #known: Known;
  readonly #row: MissingRow;
  readonly #all: Places;
  readonly #person: Person;

  constructor(known: Known, row: MissingRow, all: Places, person: Person) {
    this.#known = known;
    this.#row = row;
    this.#all = all;
    this.#person = person;
  }

  select(expected: Expected): void {
    for (const { sha256 } of this.#row.trustedDigests) {
      this.#take(this.#all.byDigest.get(sha256), (place) => matchOf(place, expected));
    }
    for (const path of expected.whole)
      this.#take(this.#all.byWhole.get(path), () => ({
        tier: 'anchored',
        expected: path,
        segments: count(path),
      }));
    for (const path of expected.paths) {
      this.#take(this.#all.byTail.get(tailOf(path)), (place) => ({
        tier: 'tail',
        expected: path,
        segments: equalTail(place.fullPath, path),
      }));
    }
    for (const name of expected.basenames)
      this.#take(this.#all.byName.get(name), () => ({ tier: 'basename', expected: name, segments: 1 }));
    this.#pin(expected);
  }

  result(hints: RowHints): RowCandidates {
    const own = hints.hints
      .filter(({ cid }) => !this.#candidates.has(cid))
      .map(({ cid, hit, expected }) => this.#hint(cid, hit, expected));
    const rejected = own.filter((one) => one.person === 'rejected').length;
    return {
      candidates: [...this.#candidates.values()],
      places: Math.max(this.#places, this.#candidates.size),
      hints: own,
      hintContents: Math.max(0, hints.contents - rejected),
      hintPlaces: hints.places,
    };
  }

  /** A candidate that a person decided about is always included. */
  #pin(expected: Expected): void {
    for (const cid of this.#person.decidedFor(this.#row.id)) {
      if (this.#candidates.has(cid)) continue;
      const place = this.#all.byCid.get(cid);
      const hint = place === undefined ? this.#known.hints.get(cid) : undefined;
      if (place !== undefined) this.#add(place, matchOf(place, expected));
      else if (hint !== undefined && this.#person.of(this.#row.id, cid) === 'accepted')
        this.#candidates.set(cid, this.#hint(cid, hint, expected.basenames[0] ?? ''));
    }
  }

  /** The best places of a list: one for each content, plus one that can be bound if the best one cannot. */
  #take(list: readonly Place[] | undefined, match: (place: Place) => Match): void {
    if (list === undefined) return;
    const kept = new Map<string, { bindable: boolean }>();
    this.#places += list.length;
    for (const [i, place] of list.entries()) {
      if (i >= MAX_EXAMINED) return;
      if (this.#candidates.has(place.cid)) continue;
      const bindable = this.#isBindable(place);
      const known = kept.get(place.contentKey);
      if (known === undefined && kept.size >= MAX_CONTENTS) continue;
      if (known !== undefined && (known.bindable || !bindable)) continue;
      kept.set(place.contentKey, { bindable });
      this.#add(place, match(place));
    }
  }

  #isBindable(place: Place): boolean {
    const { hit, failed } = place;
    const plantable = hit.kind === 'directory' && runsCodeWhenLoaded(place.name);
    return failed === undefined && !plantable && this.#distrustOf(place) === undefined;
  }

  #add(place: Place, match: Match): void {
    this.#candidates.set(place.cid, this.#candidateOf(place, match));
  }

  #candidateOf(place: Place, { tier, expected, segments }: Match): Candidate {
    const row = this.#row;
    const { hit, sha256, sizeBytes, check } = place;
    const distrust = this.#distrustOf(place);
    const contradicts = this.#contradictionOf(place.cid);
    const name = basenameOf(expected === '' ? hit.member : expected);
    return {
      cid: place.cid,
      hit: sizeBytes === undefined ? hit : { ...hit, sizeBytes },
      tier,
      segments,
      expected,
      contentKey: place.contentKey,
      ...(sha256 === undefined ? {} : { sha256 }),
      digest: digestState(row, sha256),
      sizeContradicts:
        sizeBytes !== undefined &&
        row.sizeBytes !== null &&
        row.trustedDigests.length <= 1 &&
        row.sizeBytes !== sizeBytes,
      ...(contradicts === undefined ? {} : { contradicts }),
      person: this.#person.of(row.id, place.cid),
      check: check.state,
      checkReason: check.reason,
      ...(place.generic === undefined ? {} : { generic: place.generic }),
      ...(place.failed?.absent === true ? { absent: place.failed.message } : {}),
      trusted: distrust === undefined,
      ...(distrust === undefined ? {} : { distrust }),
      plantable: hit.kind === 'directory' && runsCodeWhenLoaded(name),
      superseded: hit.superseded !== undefined,
      cached: place.read !== undefined,
    };
  }

  /** Salvor's own recorded SHA-256 takes precedence: it includes drift that was accepted against other digests. */
  #contradictionOf(cid: string): string | undefined {
    const digests = this.#known.digests.get(cid);
    if (digests === undefined || this.#row.trustedDigests.length > 0) return undefined;
    return contradicted(this.#row.onRecord, digests);
  }

  /** A hint for a person. Its content is read only after a person accepts it. */
  #hint(cid: string, hit: Hit, expected: string): Candidate {
    const read = this.#known.read.get(cid);
    const failed = this.#known.failed.get(cid);
    const sha256 = hit.sha256 ?? read?.sha256;
    const check = read?.check ?? deferredCheck(basenameOf(hit.member), hit.sizeBytes);
    const distrust = this.#distrustOf({ hit, read, failed });
    return {
      cid,
      hit,
      tier: 'similar',
      segments: 0,
      expected,
      contentKey: sha256 === undefined ? `unread:${cid}` : `sha256:${sha256}`,
      ...(sha256 === undefined ? {} : { sha256 }),
      digest: digestState(this.#row, sha256),
      sizeContradicts: false,
      person: this.#person.of(this.#row.id, cid),
      check: check.state,
      checkReason: check.reason,
      trusted: distrust === undefined,
      ...(distrust === undefined ? {} : { distrust }),
      plantable: hit.kind === 'directory' && runsCodeWhenLoaded(basenameOf(hit.member)),
      superseded: false,
      cached: read !== undefined,
    };
  }

  #distrustOf({ hit, read, failed }: Pick<Place, 'hit' | 'read' | 'failed'>): string | undefined {
    const known = this.#known;
    const row = this.#row;
    if (known.reviewOnly.has(hit.source)) return 'its source requires review';
    if (hit.stated !== undefined)
      return `only the stand-in ${hit.stated} refers to it, and anyone could have created that file`;
    if (hit.cold !== undefined)
      return `archive.cold: its archive is in storage class ${hit.cold}; request a restore from the store first`;
    if (failed !== undefined) return `it could not be read during planning: ${failed.message}`;
    const foreseen = hit.kind === 'archives' && hit.sha256 === undefined && WITHOUT_CHECKSUM.test(hit.object);
    const unproven = (read?.verifiedBy === 'none' || foreseen) && row.trustedDigests.length === 0;
    if (!unproven || known.allowUnverified) return undefined;
    return read?.damage === undefined
      ? 'no checksum proves that its content is what was archived'
      : `${read.damage.code}: ${read.damage.message}; nothing proves its content`;
  }
}

interface Match {
  tier: Tier;
  expected: string;
  segments: number;
}

/** An uncompressed archive has no checksum, so it cannot prove a content whose digest is unknown. */
const WITHOUT_CHECKSUM = /\.tar$/i;

function digestState(row: MissingRow, sha256: string | undefined): Candidate['digest'] {
  if (sha256 === undefined || row.trustedDigests.length === 0) return 'none';
  return row.trustedDigests.some((one) => one.sha256 === sha256) ? 'equal' : 'contradicts';
}

/** How much of the row's path a place matches, if it was not found by its path. */
function matchOf(place: Place, expected: Expected): Match {
  const whole = expected.whole.find((path) => place.fullPath === path || place.fullPath.endsWith(`/${path}`));
  if (whole?.includes('/')) return { tier: 'anchored', expected: whole, segments: count(whole) };
  return expected.basenames.includes(place.name)
    ? { tier: 'basename', expected: place.name, segments: 1 }
    : { tier: 'digest', expected: '', segments: 0 };
}

function count(path: string): number {
  return path.split('/').length;
}

/** Number of trailing segments that two paths have in common. */
function equalTail(a: string, b: string): number {
  const left = a.split('/').reverse();
  const right = b.split('/').reverse();
  const differs = left.findIndex((segment, i) => segment !== right[i]);
  return differs < 0 ? left.length : differs;
}

/** Collects hits by CID, without duplicates. */
export class HitSet {
  readonly byCid = new Map<string, Hit>();
  leftOut = 0;

  readonly #limit: number;
  readonly #hints: HintSet;

  constructor(limit: number, hints: HintSet) {
    this.#limit = limit;
    this.#hints = hints;
  }

  add(hit: Hit): void {
    if (hit.hint === true) {
      this.#hints.add(hit);
      return;
    }
    const cid = candidateId(hit);
    if (this.byCid.size < this.#limit || this.byCid.has(cid)) this.byCid.set(cid, hit);
    else this.leftOut += 1;
  }
}
