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

/** Everything that candidates are made from. */
export interface Known extends Hits {
  rows: ReadonlyMap<string, MissingRow>;
  expected: ReadonlyMap<string, Expected>;
  matcher: NameMatcher;
  hints: HintSet;
  decisions: readonly PersonDecision[];
  genericNames: ReadonlySet<string>;
  /** Sources that nothing is bound from without a person. */
  reviewOnly: ReadonlySet<string>;
  allowUnverified: boolean;
}

/** What was found for one row: the best of each tier, and how many there are. */
export interface RowCandidates {
  candidates: Candidate[];
  /** Places that have an expected name or digest, those included that are not among the candidates. */
  places: number;
  hints: Candidate[];
  hintContents: number;
  hintPlaces: number;
}

/** Contents that are kept for a row in each tier: more than a person compares, and enough to count five. */
const MAX_CONTENTS = 8;
/** Places of one list that are looked at for a row; a name with more is nobody's own. */
const MAX_EXAMINED = 256;

/**
 * The candidates of every row, at most some dozens each, so that memory grows with rows and hits and not with their
 * product; what they say of one another (contested) is not in them yet.
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

  /** What a person decided about is always among the candidates, however many others there are. */
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

  /** The best places of a list: one of each content, and one more of it that may be bound where the first may not. */
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

  /** A SHA-256 on record outweighs what other programs recorded: what was accepted against theirs is in it. */
  #contradictionOf(cid: string): string | undefined {
    const digests = this.#known.digests.get(cid);
    if (digests === undefined || this.#row.trustedDigests.length > 0) return undefined;
    return contradicted(this.#row.onRecord, digests);
  }

  /** A hint as a person sees it; it is read only once a person has accepted it. */
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
    if (known.reviewOnly.has(hit.source)) return 'its source is only to be reviewed';
    if (hit.stated !== undefined)
      return `only the stand-in ${hit.stated} names it, and anybody may have put that there`;
    if (hit.cold !== undefined)
      return `archive.cold: its archive is in the storage class ${hit.cold}; request a restore from the store first`;
    if (failed !== undefined) return `it could not be read while planning: ${failed.message}`;
    const foreseen = hit.kind === 'archives' && hit.sha256 === undefined && WITHOUT_CHECKSUM.test(hit.object);
    const unproven = (read?.verifiedBy === 'none' || foreseen) && row.trustedDigests.length === 0;
    if (!unproven || known.allowUnverified) return undefined;
    return read?.damage === undefined
      ? 'no checksum proves that its bytes are those that were archived'
      : `${read.damage.code}: ${read.damage.message}; nothing proves what is whole in it`;
  }
}

interface Match {
  tier: Tier;
  expected: string;
  segments: number;
}

/** An archive that is not compressed has no checksum that could prove a content that nobody knows the digest of. */
const WITHOUT_CHECKSUM = /\.tar$/i;

function digestState(row: MissingRow, sha256: string | undefined): Candidate['digest'] {
  if (sha256 === undefined || row.trustedDigests.length === 0) return 'none';
  return row.trustedDigests.some((one) => one.sha256 === sha256) ? 'equal' : 'contradicts';
}

/** How much of a row's path a place has, where something else than its path led to it. */
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

/** How many segments two paths have in common at their ends. */
function equalTail(a: string, b: string): number {
  const left = a.split('/').reverse();
  const right = b.split('/').reverse();
  const differs = left.findIndex((segment, i) => segment !== right[i]);
  return differs < 0 ? left.length : differs;
}

/** Collects hits by their CID; a source that reports a place twice reports it once. */
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
