import type { Emit } from '../../../events/event.js';
import type { StoreLister } from '../../../objectstore/port.js';
import type { OpenFinding, Resolution, StagedFinding } from '../../../registry/port.js';
import type { VerifyTarget } from '../options.js';
import type { PageWork } from '../scan/key-scan.js';
import type { OpenArchive } from '../scan/open-stack.js';
import type { Partition, Partitions } from '../scan/partitions.js';
import { type ArchiveEvidence, archiveEvidence } from './archive-evidence.js';
import { archiveFindings, hasStaleListing } from './archive-findings.js';
import { countArchive, isInOrder } from './count-archive.js';
import { type FindingDraft, knownAs, toFinding } from './finding-draft.js';
import type { FindingsHistory, Known } from './findings-history.js';
import { type ArchiveStatus, evaluateArchive, evaluateMissingIndex } from './judge.js';
import { orphanFinding, unrecognisedFinding } from './key-findings.js';

export interface PageContext {
  readonly target: VerifyTarget;
  readonly lister: Pick<StoreLister, 'urlOf'>;
  readonly partitions: Partitions;
  readonly history: FindingsHistory;
  readonly emit: Emit;
}

/** An archive that has something to report, or about which something was reported before. */
interface OpenCase {
  readonly facts: ArchiveEvidence;
  readonly subject: string;
  readonly partition: Partition;
  readonly series: string;
}

export interface ReportedFinding {
  readonly found: FindingDraft;
  /** Where a violation is counted. */
  readonly partition?: Partition;
}

/** Codes about a missing listing or index that can be reported for the first time. */
const LISTING_SEEN = ['listing.pending', 'listing.missing', 'listing.too_small'];
const INDEX_SEEN = ['index.pending', 'index.missing'];

/** Turns the decisions of a page into counts, findings and ledger entries, with a single lookup. */
export class PageSettler {
  readonly #context: PageContext;
  /** The canary, once it was processed like every archive. */
  canary: OpenArchive | undefined;

  constructor(context: PageContext) {
    this.#context = context;
  }

  async settle(work: PageWork, serverNowMs: number): Promise<void> {
    const cases = this.#cases(work.closed, serverNowMs);
    const others = this.#others(work);
    if (cases.length === 0 && others.length === 0) return;
    const subjects = [...cases.map(({ subject }) => subject), ...others.map(({ found }) => found.subject)];
    const known = await this.#context.history.known(subjects);
    const ended = new Map<Resolution, string[]>();
    const reported = cases.flatMap((one) => this.#decide(one, known.get(one.subject) ?? [], ended));
    await this.#report([...reported, ...others], known);
    for (const [resolution, ofSubjects] of ended) await this.#context.history.resolve(ofSubjects, resolution);
  }

  /** Reports findings that do not come from a page, with a lookup of their own. */
  async settleFound(reported: readonly ReportedFinding[]): Promise<void> {
    await this.#report(
      reported,
      await this.#context.history.known(reported.map(({ found }) => found.subject)),
    );
  }

  /** Emits, counts and stages findings. */
  async #report(reported: readonly ReportedFinding[], known: Known): Promise<void> {
    const { history, emit } = this.#context;
    const staged: StagedFinding[] = [];
    const codesNow = codesBySubject(reported, known);
    for (const { found, partition } of reported) {
      const earlier = knownAs(found, known.get(found.subject), codesNow.get(found.subject));
      if (found.violation && partition !== undefined) countViolation(partition, earlier);
      emit({
        type: 'finding',
        finding: toFinding(found, earlier, history.hasHistory),
        staged: history.hasHistory,
      });
      const { code, subject, severity, violation, message } = found;
      staged.push({ code, subject, severity, violation, message });
    }
    await history.stage(staged);
  }

  /**
   * Counts archives that are in order. All others are returned as cases, including archives that may resolve an open
   * finding.
   */
  #cases(closed: readonly OpenArchive[], serverNowMs: number): OpenCase[] {
    const { target, partitions, history, lister } = this.#context;
    const cases: OpenCase[] = [];
    for (const archive of closed) {
      if (archive.canary) {
        this.canary = archive;
        continue;
      }
      const facts = archiveEvidence(archive, target, serverNowMs);
      const { partition, series } = countArchive(facts, partitions, target);
      const subject = lister.urlOf(archive.object.key);
      if (isInOrder(facts, target) && !history.mayBeOpen(subject)) partition.tally.present += 1;
      else cases.push({ facts, partition, series, subject });
    }
    return cases;
  }

  #others(work: PageWork): ReportedFinding[] {
    const { target, lister, partitions } = this.#context;
    const orphans = work.orphans.map((orphan) => {
      const partition = partitions.of(orphan.object.key);
      if (orphan.kind === 'listing') partition.tally.orphanListings += 1;
      else partition.tally.orphanIndexes += 1;
      return { found: orphanFinding(orphan, lister.urlOf(orphan.object.key), partition.name), partition };
    });
    const unrecognised = work.unrecognised.map((object) => {
      const partition = partitions.of(object.key);
      const subject = lister.urlOf(object.key);
      return { found: unrecognisedFinding(object, subject, partition.name, target.strict), partition };
    });
    return [...orphans, ...unrecognised];
  }

  #decide(
    one: OpenCase,
    earlier: readonly OpenFinding[],
    ended: Map<Resolution, string[]>,
  ): ReportedFinding[] {
    const { facts, subject, partition, series } = one;
    const { archive, evidence, date } = facts;
    const verdict = evaluateArchive({ ...evidence, seenBefore: hasCode(earlier, LISTING_SEEN) });
    const indexStatus = facts.indexMissing
      ? evaluateMissingIndex({ ...evidence, seenBefore: hasCode(earlier, INDEX_SEEN) })
      : 'good';
    partition.tally.verdict(verdict);
    if (indexStatus === 'missing') partition.tally.indexMissing += 1;
    const { status } = verdict;
    if (hasStaleListing(status, archive, this.#context.target)) partition.tally.stale += 1;
    const excused = evidence.beforeCutoff || evidence.allowlisted;
    const { isFuture, isEmpty } = facts;
    const identity = { archive, subject, partition: partition.name, series, dateMs: date.dateMs };
    const found = archiveFindings(
      { ...identity, status, indexStatus, excused, isFuture, isEmpty },
      this.#context.target,
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

/** The codes reported now, for subjects that have a history. */
function codesBySubject(reported: readonly ReportedFinding[], known: Known): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>();
  if (known.size === 0) return codes;
  for (const { found } of reported) {
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

/** How an earlier finding about an archive was resolved. */
function resolutionOf(status: ArchiveStatus): Resolution {
  if (status === 'present') return 'listing_written';
  return status === 'exempt' ? 'exempted' : 'superseded';
}
