import type { Resolution, ResolvedFindings, StagedFinding } from '../../../src/registry/port.js';

export interface ModelRow {
  code: string;
  subject: string;
  violation: boolean;
  firstSeen: number;
  lastSeen: number;
  baseline: boolean;
  resolution: string | null;
}

export interface ModelRun {
  staged: StagedFinding[];
  resolutions: { subject: string; resolution: Resolution }[];
  prefixes: string[];
  /** Subjects that were looked at, whatever the prefixes. */
  covered: string[];
}

/** What the findings of one scope must be, said without SQL. Times are the numbers of runs. */
export class FindingsModel {
  readonly rows: ModelRow[] = [];

  get open(): ModelRow[] {
    return this.rows.filter((row) => row.resolution === null);
  }

  /** Violations that a run ends, in all and by the innermost part that each is in. */
  resolved(run: ModelRun, parts: readonly string[]): ResolvedFindings {
    const { staged, within } = read(run);
    const ended = this.open.filter(
      (row) =>
        row.violation && within(row.subject) && !staged.some((f) => f.violation && f.subject === row.subject),
    );
    const byPart = new Map<string, number>();
    for (const { subject } of ended) {
      const part = parts.filter((one) => subject.startsWith(one)).sort((a, b) => b.length - a.length)[0];
      if (part !== undefined) byPart.set(part, (byPart.get(part) ?? 0) + 1);
    }
    return { total: ended.length, byPart };
  }

  settle(run: ModelRun, time: number): void {
    const { staged, violates, within, covers } = read(run);
    const before = this.open.map((row) => ({ ...row, row }));
    for (const finding of staged.filter((f) => f.severity !== 'info' || within(f.subject))) {
      const superseded = before.filter(
        (old) =>
          finding.violation &&
          old.violation &&
          old.subject === finding.subject &&
          !violates(old.subject, old.code),
      );
      const inherits = superseded.some((old) => old.baseline);
      const same = before.find((old) => old.subject === finding.subject && old.code === finding.code);
      if (same !== undefined) {
        if (covers(finding.subject)) same.row.lastSeen = time;
        same.row.violation = finding.violation;
        same.row.baseline = finding.violation && (same.baseline || inherits);
        continue;
      }
      this.rows.push({
        code: finding.code,
        subject: finding.subject,
        violation: finding.violation,
        firstSeen: Math.min(time, ...superseded.map((old) => old.firstSeen)),
        lastSeen: time,
        baseline: inherits,
        resolution: null,
      });
    }
    for (const old of before) {
      if (!covers(old.subject)) continue;
      if (staged.some((f) => f.subject === old.subject && f.code === old.code)) continue;
      old.row.resolution = resolutionOf(old, run, staged);
    }
  }

  accept(time: number): { accepted: number; dropped: number } {
    const counts = { accepted: 0, dropped: 0 };
    for (const row of this.open.filter((r) => r.violation)) {
      const seen = row.firstSeen <= time && time <= row.lastSeen;
      if (seen) counts.accepted += 1;
      if (row.baseline && !seen) counts.dropped += 1;
      row.baseline = seen;
    }
    return counts;
  }
}

/** The first of the same subject and code counts. */
function read(run: ModelRun) {
  const staged = run.staged.filter(
    (finding, index) =>
      run.staged.findIndex((f) => f.subject === finding.subject && f.code === finding.code) === index,
  );
  return {
    staged,
    violates: (subject: string, code: string) =>
      staged.some((f) => f.violation && f.subject === subject && f.code === code),
    within: (subject: string) => run.prefixes.some((prefix) => subject.startsWith(prefix)),
    covers: (subject: string) =>
      run.covered.includes(subject) || run.prefixes.some((prefix) => subject.startsWith(prefix)),
  };
}

function resolutionOf(old: ModelRow, run: ModelRun, staged: StagedFinding[]): string {
  const again = staged.filter((f) => f.subject === old.subject);
  if (old.violation && again.some((f) => f.violation)) return 'superseded';
  const named = run.resolutions.find((r) => r.subject === old.subject);
  if (named !== undefined) return named.resolution;
  return again.length > 0 ? 'superseded' : 'archive_gone';
}
