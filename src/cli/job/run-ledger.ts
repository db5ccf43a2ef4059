import { codes } from '../../core/codes.js';
import type { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import type { Emit } from '../../events/event.js';
import type { ActiveRun, FindingsLedger, Settlement, StagedFinding } from '../../registry/port.js';
import type { Executed, JobSpec } from './spec.js';

/** Findings per request to the registry; about the most that one page of work finds. */
const BATCH = 1000;

/** Open drift has its own table with the decisions about it; the query for open findings reads it there. */
const KEPT_ELSEWHERE = new Set(['drift.detected']);
/** Failed deliveries to sinks are known only after the run is closed. */
const SINK_FAILED = 'health.sink_failed';

/**
 * The findings ledger of one run, for any job. Every error and warning is sent to the registry during the run. At the end
 * the findings are settled once: open findings on subjects that the run examined and no longer reports are closed.
 */
export class RunLedger {
  readonly #ledger: FindingsLedger | undefined;
  readonly #spec: JobSpec<object>;
  /** Subjects that were open when the run started, for jobs that do not report what they cover. */
  readonly #open = new Set<string>();
  readonly #examined = new Set<string>();
  readonly #left = new Set<string>();
  /** Codes of the recorded failures. */
  readonly #failed = new Set<string>();
  #waiting: StagedFinding[] = [];
  #sent: Promise<void> = Promise.resolve();
  #error: unknown;

  private constructor(ledger: FindingsLedger | undefined, spec: JobSpec<object>) {
    this.#ledger = ledger;
    this.#spec = spec;
  }

  static async open(run: ActiveRun | undefined, spec: JobSpec<object>): Promise<RunLedger> {
    const ledger = new RunLedger(run?.findings, spec);
    if (run === undefined || spec.ledger.covers === 'listed') return ledger;
    for await (const subjects of run.findings.openSubjects()) {
      for (const subject of subjects) ledger.#open.add(subject);
    }
    return ledger;
  }

  readonly emit: Emit = (event) => {
    if (this.#ledger === undefined) return;
    if (event.type === 'examined') this.#mark(this.#examined, event.subjects);
    else if (event.type === 'left') this.#mark(this.#left, event.subjects);
    else if (event.type === 'finding' && event.staged !== true) this.#note(event.finding);
  };

  /** Subjects with open findings that this run has neither examined nor deliberately left out. */
  unexamined(): string[] {
    return [...this.#open].filter((subject) => !this.#examined.has(subject) && !this.#left.has(subject));
  }

  /**
   * Sends the remaining findings and settles the ledger with the coverage of the run.
   * @throws Failure the first failure that prevented a finding from being recorded
   */
  async conclude(
    executed: Executed<object> | undefined,
    failures: readonly Failure[],
    exitCode: number,
  ): Promise<Settlement> {
    for (const { code, message } of failures) {
      // The specific finding is already recorded, and each problem counts only once.
      if (this.#failed.has(code)) continue;
      this.#note({ code, severity: 'error', subject: this.#spec.scope, message });
    }
    this.#send();
    await this.#sent;
    if (this.#error !== undefined) throw this.#error;
    // A dry run does not prove that an earlier failure is gone.
    const could = (exitCode === 0 || exitCode === 1) && this.#spec.ledger.covers !== 'nothing';
    const ran = !could ? 'not' : executed?.status === 'partial' ? 'part' : 'whole';
    if (executed?.completePrefixes !== undefined) return { completePrefixes: executed.completePrefixes, ran };
    return { completePrefixes: await this.#cover(ran), ran, otherwise: 'checked' };
  }

  async #cover(ran: Settlement['ran']): Promise<string[]> {
    if (this.#ledger === undefined || this.#spec.ledger.covers === 'nothing') return [];
    const complete = ran === 'whole';
    const rest = this.unexamined().length;
    if (complete && this.#left.size === 0 && (rest === 0 || this.#spec.ledger.covers === 'whole'))
      return [''];
    const covered = complete && this.#spec.ledger.covers === 'whole' ? this.#open : this.#examined;
    await this.#ledger.stageCovered([...covered].filter((subject) => !this.#left.has(subject)));
    return [];
  }

  #mark(marked: Set<string>, subjects: readonly string[]): void {
    for (const subject of subjects) if (this.#open.has(subject)) marked.add(subject);
  }

  #note({ code, severity, subject, message }: Finding): void {
    if (severity === 'info' || KEPT_ELSEWHERE.has(code) || code === SINK_FAILED) return;
    const failure = codes[code]?.kind === 'failure' || code === 'work.dead_letter';
    if (failure && severity === 'error') this.#failed.add(code);
    this.#waiting.push({ code, severity, subject, message, violation: false, failure });
    if (this.#waiting.length >= BATCH) this.#send();
  }

  #send(): void {
    const batch = this.#waiting;
    const ledger = this.#ledger;
    if (batch.length === 0 || ledger === undefined) return;
    this.#waiting = [];
    this.#sent = this.#sent
      .then(() => ledger.stage(batch))
      .catch((error: unknown) => {
        this.#error ??= error;
      });
  }
}
