import type { Emit } from '../../../events/event.js';
import type { StoreLister } from '../../../objectstore/port.js';
import type { OpenFinding, Resolution, StagedFinding } from '../../../registry/port.js';
import type { VerifyTarget } from '../options.js';
import type { PageWork } from '../scan/key-scan.js';
import type { OpenArchive } from '../scan/open-stack.js';
import type { Partition, Partitions } from '../scan/partitions.js';
import { type Weighed, weighArchive } from './archive-evidence.js';
import { archiveFindings, hasStaleListing } from './archive-findings.js';
import { countArchive, isInOrder } from './count-archive.js';
import { type Found, knownAs, toFinding } from './finding-draft.js';
import type { Known, LedgerDesk } from './findings-history.js';
import { type ArchiveStatus, judge, judgeMissingIndex } from './judge.js';
import { orphanFinding, unrecognisedFinding } from './key-findings.js';

export interface Bench {
  readonly target: VerifyTarget;
  readonly lister: Pick<StoreLister, 'urlOf'>;
  readonly partitions: Partitions;
  readonly desk: LedgerDesk;
  readonly emit: Emit;
}

/** An archive about which there is something to say, or of which something was said before. */
interface Case {
  readonly weighed: Weighed;
  readonly subject: string;
  readonly partition: Partition;
  readonly series: string;
}

export interface Told {
  readonly found: Found;
  /** Where a violation counts. */
  readonly partition?: Partition;
}

/** Codes that speak of a listing or an index that should be there, and when they say so for the first time. */
const LISTING_SEEN = ['listing.pending', 'listing.missing', 'listing.too_small'];
const INDEX_SEEN = ['index.pending', 'index.missing'];

/** What a page decided, judged: counts, findings, and what the ledger has to know. One look-up for all of it. */
export class PageSettler {
  readonly #bench: Bench;
  /** The canary, once it has come the way of every archive. */
  canary: OpenArchive | undefined;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async settle(work: PageWork, serverNowMs: number): Promise<void> {
    const cases = this.#cases(work.closed, serverNowMs);
    const others = this.#others(work);
    if (cases.length === 0 && others.length === 0) return;
    const subjects = [...cases.map(({ subject }) => subject), ...others.map(({ found }) => found.subject)];
    const known = await this.#bench.desk.known(subjects);
    const ended = new Map<Resolution, string[]>();
    const told = cases.flatMap((one) => this.#decide(one, known.get(one.subject) ?? [], ended));
    await this.#tell([...told, ...others], known);
    for (const [resolution, ofSubjects] of ended) await this.#bench.desk.resolve(ofSubjects, resolution);
  }

  /** Findings that a page could not make, with a look-up of their own. */
  async settleFound(told: readonly Told[]): Promise<void> {
    await this.#tell(told, await this.#bench.desk.known(told.map(({ found }) => found.subject)));
  }

  /** Emits, counts and stages findings. */
  async #tell(told: readonly Told[], known: Known): Promise<void> {
    const { desk, emit } = this.#bench;
    const staged: StagedFinding[] = [];
    const codesNow = codesBySubject(told, known);
    for (const { found, partition } of told) {
      const earlier = knownAs(found, known.get(found.subject), codesNow.get(found.subject));
      if (found.violation && partition !== undefined) countViolation(partition, earlier);
      emit({ type: 'finding', finding: toFinding(found, earlier, desk.hasHistory), staged: desk.hasHistory });
      const { code, subject, severity, violation, message } = found;
      staged.push({ code, subject, severity, violation, message });
    }
    await desk.stage(staged);
  }

  /** Counts what is in order; the rest are cases: also an archive in order that may be the end of something open. */
  #cases(closed: readonly OpenArchive[], serverNowMs: number): Case[] {
    const { target, partitions, desk, lister } = this.#bench;
    const cases: Case[] = [];
    for (const archive of closed) {
      if (archive.canary) {
        this.canary = archive;
        continue;
      }
      const weighed = weighArchive(archive, target, serverNowMs);
      const { partition, series } = countArchive(weighed, partitions, target);
      const subject = lister.urlOf(archive.object.key);
      if (isInOrder(weighed, target) && !desk.mayBeOpen(subject)) partition.tally.present += 1;
      else cases.push({ weighed, partition, series, subject });
    }
    return cases;
  }

  #others(work: PageWork): Told[] {
    const { target, lister, partitions } = this.#bench;
    const orphans = work.orphans.map((lonely) => {
      const partition = partitions.of(lonely.object.key);
      if (lonely.kind === 'listing') partition.tally.orphanListings += 1;
      else partition.tally.orphanIndexes += 1;
      return { found: orphanFinding(lonely, lister.urlOf(lonely.object.key), partition.name), partition };
    });
    const unrecognised = work.unrecognised.map((object) => {
      const partition = partitions.of(object.key);
      const subject = lister.urlOf(object.key);
      return { found: unrecognisedFinding(object, subject, partition.name, target.strict), partition };
    });
    return [...orphans, ...unrecognised];
  }

  #decide(one: Case, earlier: readonly OpenFinding[], ended: Map<Resolution, string[]>): Told[] {
    const { weighed, subject, partition, series } = one;
    const { archive, evidence, date } = weighed;
    const verdict = judge({ ...evidence, seenBefore: hasCode(earlier, LISTING_SEEN) });
    const indexStatus = weighed.indexMissing
      ? judgeMissingIndex({ ...evidence, seenBefore: hasCode(earlier, INDEX_SEEN) })
      : 'good';
    partition.tally.verdict(verdict);
    if (indexStatus === 'missing') partition.tally.indexMissing += 1;
    const { status } = verdict;
    if (hasStaleListing(status, archive, this.#bench.target)) partition.tally.stale += 1;
    const excused = evidence.beforeCutoff || evidence.allowlisted;
    const { isFuture, isEmpty } = weighed;
    const facts = { archive, subject, partition: partition.name, series, dateMs: date.dateMs };
    const found = archiveFindings(
      { ...facts, status, indexStatus, excused, isFuture, isEmpty },
      this.#bench.target,
    );
    if (found.some(({ severity, violation }) => severity === 'error' && !violation))
      partition.tally.errors += 1;
    if (earlier.some(({ code }) => !found.some((now) => now.code === code))) {
      const resolution = resolutionOf(status);
      const subjects = ended.get(resolution);
      if (subjects === undefined) ended.set(resolution, [subject]);
      else subjects.push(subject);
    }
    return found.map((of) => ({ found: of, partition }));
  }
}

/** The codes told now, of those subjects that something is known of. */
function codesBySubject(told: readonly Told[], known: Known): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>();
  if (known.size === 0) return codes;
  for (const { found } of told) {
    const ofSubject = codes.get(found.subject);
    if (ofSubject === undefined) codes.set(found.subject, new Set([found.code]));
    else ofSubject.add(found.code);
  }
  return codes;
}

function hasCode(earlier: readonly OpenFinding[], codes: readonly string[]): boolean {
  return earlier.some(({ code }) => codes.includes(code));
}

function countViolation({ tally }: Partition, earlier: OpenFinding | undefined): void {
  tally.violations += 1;
  if (earlier === undefined) tally.newViolations += 1;
  else tally.stillViolations += 1;
  if (earlier?.baseline !== true) tally.beyondBaseline += 1;
}

/** How what was said of an archive before, and is not any more, came to its end. */
function resolutionOf(status: ArchiveStatus): Resolution {
  if (status === 'present') return 'listing_written';
  return status === 'exempt' ? 'exempted' : 'superseded';
}
