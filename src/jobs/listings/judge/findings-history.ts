import { Failure } from '../../../core/failure.js';
import type {
  FindingsLedger,
  OpenFinding,
  Resolution,
  ResolvedFindings,
  StagedFinding,
} from '../../../registry/port.js';
import { OpenSubjects } from './open-subjects.js';

/** Subjects per lookup, about as many as one page of a listing. */
const BATCH = 1000;

export type Known = ReadonlyMap<string, readonly OpenFinding[]>;

const NOTHING_KNOWN: Known = new Map();

/**
 * The findings ledger as the verifier uses it. If the registry connection is lost during a run, that is reported once
 * and the run continues without history: the state of the bucket is still worth knowing.
 */
export class FindingsHistory {
  #ledger: FindingsLedger | undefined;
  readonly #openSubjects = new OpenSubjects();
  #openCount = 0;
  readonly #onLost: (failure: Failure) => void;

  private constructor(ledger: FindingsLedger | undefined, onLost: (failure: Failure) => void) {
    this.#ledger = ledger;
    this.#onLost = onLost;
  }

  static async open(
    ledger: FindingsLedger | undefined,
    onLost: (failure: Failure) => void,
  ): Promise<FindingsHistory> {
    const history = new FindingsHistory(ledger, onLost);
    history.#openCount = await history.#ask((open) => open.openCount(), 0);
    if (history.#openCount > 0) await history.#ask((open) => history.#learn(open), undefined);
    return history;
  }

  /** Whether earlier runs are known; false without a registry, and once the connection is lost. */
  get hasHistory(): boolean {
    return this.#ledger !== undefined;
  }

  /** Whether a finding about this subject may be open; false is certain. */
  mayBeOpen(subject: string): boolean {
    return this.#ledger !== undefined && this.#openSubjects.mayHold(subject);
  }

  /** The open findings by subject. */
  async known(subjects: readonly string[]): Promise<Known> {
    const asked = subjects.filter((subject) => this.mayBeOpen(subject));
    if (asked.length === 0) return NOTHING_KNOWN;
    const known = new Map<string, OpenFinding[]>();
    for (let from = 0; from < asked.length; from += BATCH) {
      const some = asked.slice(from, from + BATCH);
      for (const finding of await this.#ask((ledger) => ledger.open(some), [])) {
        const ofSubject = known.get(finding.subject);
        if (ofSubject === undefined) known.set(finding.subject, [finding]);
        else ofSubject.push(finding);
      }
    }
    return known;
  }

  async stage(findings: readonly StagedFinding[]): Promise<void> {
    if (findings.length > 0) await this.#ask((ledger) => ledger.stage(findings), undefined);
  }

  async resolve(subjects: readonly string[], resolution: Resolution): Promise<void> {
    if (subjects.length > 0)
      await this.#ask((ledger) => ledger.stageResolution(subjects, resolution), undefined);
  }

  /** Subjects of open findings with these codes that this run has not seen; see `FindingsLedger.unseen`. */
  async unseen(prefixes: readonly string[], codes: readonly string[], limit: number): Promise<string[]> {
    if (this.#ledger === undefined || this.#openCount === 0 || prefixes.length === 0) return [];
    return this.#ask((ledger) => ledger.unseen(prefixes, codes, limit), []);
  }

  /** How many violations under these prefixes were resolved: in total, and for each part. */
  async resolvedUnder(prefixes: readonly string[], parts: readonly string[]): Promise<ResolvedFindings> {
    const none = { total: 0, byPart: new Map<string, number>() };
    if (this.#ledger === undefined || this.#openCount === 0 || prefixes.length === 0) return none;
    return this.#ask((ledger) => ledger.resolved(prefixes, parts), none);
  }

  async #learn(ledger: FindingsLedger): Promise<void> {
    for await (const subjects of ledger.openSubjects()) {
      for (const subject of subjects) this.#openSubjects.add(subject);
    }
  }

  async #ask<T>(question: (ledger: FindingsLedger) => Promise<T>, without: T): Promise<T> {
    if (this.#ledger === undefined) return without;
    try {
      return await question(this.#ledger);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // Ranges query concurrently; only the first failure is reported.
      if (this.#ledger !== undefined) this.#onLost(error);
      this.#ledger = undefined;
      return without;
    }
  }
}
