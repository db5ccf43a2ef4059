import type {
  FindingsLedger,
  OpenFinding,
  Resolution,
  ResolvedFindings,
  StagedFinding,
} from '../../src/registry/port.js';

interface Row extends OpenFinding {
  violation: boolean;
}

const keyOf = ({ code, subject }: { code: string; subject: string }): string => `${code} ${subject}`;

/** `salvor.findings` of one scope in memory: what survives from run to run. */
export class MemoryFindings {
  readonly open = new Map<string, Row>();
  readonly ended: { code: string; subject: string; resolution: Resolution }[] = [];

  /** The ledger of one run that begins now. */
  begin(): MemoryLedger {
    return new MemoryLedger(this);
  }

  /** Makes every open violation part of the baseline. */
  acceptBaseline(): void {
    for (const row of this.open.values()) row.baseline = row.violation;
  }
}

/** One run's ledger, as the port's comments have it. */
export class MemoryLedger implements FindingsLedger {
  readonly #findings: MemoryFindings;
  readonly #staged = new Map<string, StagedFinding>();
  readonly #resolutions = new Map<string, Resolution>();
  /** How often `open` was asked. */
  lookUps = 0;

  constructor(findings: MemoryFindings) {
    this.#findings = findings;
  }

  async openCount(): Promise<number> {
    return this.#findings.open.size;
  }

  async open(subjects: readonly string[]): Promise<OpenFinding[]> {
    this.lookUps += 1;
    const wanted = new Set(subjects);
    return [...this.#findings.open.values()].filter(({ subject }) => wanted.has(subject));
  }

  async *openSubjects(): AsyncGenerator<readonly string[]> {
    yield [...this.#findings.open.values()].map(({ subject }) => subject);
  }

  async stageCovered(): Promise<void> {
    throw new Error('listings cover prefixes');
  }

  async unseen(prefixes: readonly string[], codes: readonly string[], limit: number): Promise<string[]> {
    const seen = new Set([
      ...[...this.#staged.values()].map(({ subject }) => subject),
      ...this.#resolutions.keys(),
    ]);
    return this.#gone(prefixes)
      .filter(({ code, subject }) => codes.includes(code) && !seen.has(subject))
      .map(({ subject }) => subject)
      .slice(0, limit);
  }

  async resolved(prefixes: readonly string[], parts: readonly string[]): Promise<ResolvedFindings> {
    const byPart = new Map<string, number>();
    const ended = this.#ended(prefixes);
    for (const { subject } of ended) {
      const [part] = parts.filter((url) => subject.startsWith(url)).sort((a, b) => b.length - a.length);
      if (part !== undefined) byPart.set(part, (byPart.get(part) ?? 0) + 1);
    }
    return { total: ended.length, byPart };
  }

  async stage(findings: readonly StagedFinding[]): Promise<void> {
    for (const finding of findings) this.#staged.set(keyOf(finding), finding);
  }

  async stageResolution(subjects: readonly string[], resolution: Resolution): Promise<void> {
    for (const subject of subjects) this.#resolutions.set(subject, resolution);
  }

  /** Violations that were not open before, that were, and those open before that are no more. */
  compare(completePrefixes: readonly string[]): { new: number; still: number; resolved: number } {
    const now = [...this.#staged.values()].filter(({ violation }) => violation);
    const still = now.filter((finding) => this.#earlier(finding).length > 0);
    const ended = this.#ended(completePrefixes);
    return {
      new: now.length - still.length,
      still: still.length,
      resolved: ended.length,
    };
  }

  /** What the registry does when the run's row is closed. */
  settle(completePrefixes: readonly string[], now: Date): void {
    const { open, ended } = this.#findings;
    const seen = [...this.#staged.values()].filter(
      ({ severity, subject }) => severity !== 'info' || isUnder(subject, completePrefixes),
    );
    const rows = seen.map(({ code, subject, violation }) => {
      const earlier = this.#earlier({ code, subject, violation });
      const firstSeenAt = new Date(
        Math.min(now.getTime(), ...earlier.map((row) => row.firstSeenAt.getTime())),
      );
      return {
        code,
        subject,
        violation,
        firstSeenAt,
        lastSeenAt: now,
        baseline: earlier.some(({ baseline }) => baseline),
      };
    });
    for (const row of this.#gone(completePrefixes)) {
      open.delete(keyOf(row));
      ended.push({ code: row.code, subject: row.subject, resolution: this.#resolutionOf(row) });
    }
    for (const row of rows) open.set(keyOf(row), row);
  }

  /** The open findings that a staged one continues: of the same code, or violations of its subject seen no more. */
  #earlier({ code, subject, violation }: Omit<StagedFinding, 'severity'>): Row[] {
    return [...this.#findings.open.values()].filter(
      (row) =>
        row.subject === subject &&
        (row.code === code || (violation && row.violation && !this.#staged.has(keyOf(row)))),
    );
  }

  #ended(prefixes: readonly string[]): Row[] {
    const now = [...this.#staged.values()].filter(({ violation }) => violation);
    return this.#gone(prefixes).filter(
      (row) => row.violation && !now.some(({ subject }) => subject === row.subject),
    );
  }

  #gone(prefixes: readonly string[]): Row[] {
    return [...this.#findings.open.values()].filter(
      (row) => isUnder(row.subject, prefixes) && !this.#staged.has(keyOf(row)),
    );
  }

  #resolutionOf({ subject }: Row): Resolution {
    const isSeen = [...this.#staged.values()].some((staged) => staged.subject === subject);
    return this.#resolutions.get(subject) ?? (isSeen ? 'superseded' : 'archive_gone');
  }
}

function isUnder(subject: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => subject.startsWith(prefix));
}
