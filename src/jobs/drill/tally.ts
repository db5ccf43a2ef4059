import type { Finding } from '../../core/finding.js';
import type { Emit } from '../../events/event.js';
import type { ProofSubject } from '../../registry/recovery/proofs-port.js';
import type { Copy } from './backups.js';
import type { DrillPorts } from './options.js';
import type { Tried } from './tried-copy.js';

/** What happens to each artifact of a drill: counts it, reports it, and records completed attempts in the ledger. */
export class DrillTally {
  readonly counts = { sampled: 0, proven: 0, failed: 0, copies_failed: 0, no_copy: 0, cold: 0 };
  /** Artifacts that no drill can restore within its limits. */
  readonly tooLarge: string[] = [];
  /** Artifacts of which this drill restored a part. */
  readonly inParts: string[] = [];
  readonly #runId: string;
  readonly #ledger: DrillPorts['ledger'];
  readonly #emit: Emit;

  constructor(runId: string, { ledger, emit }: Pick<DrillPorts, 'ledger' | 'emit'>) {
    this.#runId = runId;
    this.#ledger = ledger;
    this.#emit = emit;
  }

  async proven(subject: ProofSubject, copy: Copy): Promise<void> {
    this.counts.proven += 1;
    await this.#record(subject, copy, null);
  }

  /** No copy has the recorded content; `bad` is the one that says most about it. */
  async notProven(subject: ProofSubject, bad: Tried | undefined): Promise<void> {
    if (bad !== undefined) {
      this.counts[bad.isCold ? 'cold' : 'failed'] += 1;
      await this.#record(subject, bad.copy, bad.reason);
      return;
    }
    this.counts.no_copy += 1;
    this.#find('drill.no_copy', 'warning', subject, 'no indexed archive has the recorded content');
    await this.#record(subject, undefined, 'no indexed archive has it');
  }

  badCopy(subject: ProofSubject, { copy, reason, isCold }: Tried): void {
    const message = `${copy.url}: ${copy.member.name}: ${reason}`;
    if (isCold) {
      this.#find('archive.cold', 'warning', subject, message);
      return;
    }
    this.counts.copies_failed += 1;
    this.#find('drill.failed', 'error', subject, message);
  }

  leavePart({ artifactId }: ProofSubject): void {
    this.inParts.push(artifactId);
    this.#emit({ type: 'left', subjects: [artifactId] });
  }

  leaveOut(subject: ProofSubject, message: string): void {
    this.tooLarge.push(subject.artifactId);
    this.#emit({ type: 'left', subjects: [subject.artifactId] });
    this.#find('drill.too_large', 'warning', subject, message);
  }

  async #record(subject: ProofSubject, copy: Copy | undefined, reason: string | null): Promise<void> {
    this.counts.sampled += 1;
    this.#emit({ type: 'examined', subjects: [subject.artifactId] });
    await this.#ledger.record({
      ...subject,
      runId: this.#runId,
      archiveUrl: copy?.url ?? null,
      archiveEtag: copy?.etag ?? null,
      member: copy?.member.name ?? null,
      reason,
    });
  }

  #find(code: string, severity: Finding['severity'], subject: ProofSubject, message: string): void {
    const finding = { code, severity, subject: subject.artifactId, message };
    this.#emit({ type: 'finding', finding });
  }
}
