import type {
  FindingsComparison,
  FindingsLedger,
  OpenFinding,
  Resolution,
  RunStart,
  StagedFinding,
} from '../port.js';
import type { Queries } from '../queries.js';
import { decodeText, encodeText } from '../text.js';
import { COMPARE, CREATE_STAGING, LOAD_BEFORE, SETTLE } from './findings-sql.js';
import { scopeKey, subjectKey } from './scope-key.js';

/** Rows of one statement: enough that the way to the server does not count, few enough to be no burden. */
const BATCH = 2000;

/** `salvor.findings` of one run. What is staged is in temporary tables of the run's session. */
export class SessionFindings implements FindingsLedger {
  readonly #session: Queries;
  readonly #run: RunStart;
  readonly #scope: [key: string, job: string, scope: string];
  #waiting: StagedFinding[] = [];
  #tablesMade = false;

  constructor(session: Queries, run: RunStart) {
    this.#session = session;
    this.#run = run;
    this.#scope = scopeOf(run);
  }

  async openCount(): Promise<number> {
    const { rows } = await this.#session.query<{ open: number }>(
      `select count(*) as open from salvor.findings
       where scope_key = $1 and job = $2 and scope = $3 and resolved_at is null`,
      this.#scope,
    );
    return Number(rows[0]?.open ?? 0);
  }

  open(subjects: readonly string[]): Promise<OpenFinding[]> {
    return openFindings(this.#session, this.#run, subjects);
  }

  async stage(findings: readonly StagedFinding[]): Promise<void> {
    for (const finding of findings) {
      this.#waiting.push(finding);
      if (this.#waiting.length >= BATCH) await this.#flush();
    }
  }

  async stageResolution(subjects: readonly string[], resolution: Resolution): Promise<void> {
    await this.#makeTables();
    for (const batch of batches(subjects)) {
      await this.#session.query(
        `insert into pg_temp.resolutions (subject_key, resolution)
         select s.key, $2 from unnest($1::bytea[]) as s(key) on conflict do nothing`,
        [batch.map((subject) => subjectKey(encodeText(subject))), resolution],
      );
    }
  }

  async compare(completePrefixes: readonly string[]): Promise<FindingsComparison> {
    await this.prepare(completePrefixes);
    await this.#loadBefore(this.#session);
    const { rows } = await this.#session.query<Record<string, number>>(COMPARE);
    const counts = rows[0] ?? {};
    return {
      new: Number(counts.new),
      still: Number(counts.still),
      resolved: Number(counts.resolved),
      beyondBaseline: Number(counts.beyond_baseline),
    };
  }

  /** Brings everything that was staged, and the prefixes, to the server. Comes before `settle`. */
  async prepare(completePrefixes: readonly string[]): Promise<void> {
    await this.#makeTables();
    await this.#flush();
    await this.#session.query('truncate pg_temp.complete_prefixes');
    for (const batch of batches(outermost(completePrefixes.map(encodeText)))) {
      await this.#session.query(
        'insert into pg_temp.complete_prefixes (prefix) select * from unnest($1::text[])',
        [batch],
      );
    }
    await this.#session.query('analyze pg_temp.staged, pg_temp.resolutions, pg_temp.complete_prefixes');
  }

  /** Makes the findings what this run saw, within the transaction that closes the run. */
  async settle(tx: Queries, at: Date): Promise<void> {
    await this.#loadBefore(tx);
    await tx.query(SETTLE, [...this.#scope, at, this.#run.id]);
  }

  async #loadBefore(queries: Queries): Promise<void> {
    await queries.query('truncate pg_temp.before');
    await queries.query(LOAD_BEFORE, this.#scope);
    await queries.query('analyze pg_temp.before');
  }

  async #makeTables(): Promise<void> {
    if (this.#tablesMade) return;
    await this.#session.query(CREATE_STAGING);
    this.#tablesMade = true;
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    await this.#makeTables();
    const subjects = batch.map((finding) => encodeText(finding.subject));
    await this.#session.query(
      `insert into pg_temp.staged (subject_key, code, subject, severity, violation)
       select * from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::boolean[])
       on conflict do nothing`,
      [
        subjects.map(subjectKey),
        batch.map((finding) => finding.code),
        subjects,
        batch.map((finding) => finding.severity),
        batch.map((finding) => finding.violation),
      ],
    );
  }
}

/** The open findings of these subjects, of one job's scope. */
export async function openFindings(
  queries: Queries,
  { job, scope }: Pick<RunStart, 'job' | 'scope'>,
  subjects: readonly string[],
): Promise<OpenFinding[]> {
  const found: OpenFinding[] = [];
  for (const batch of batches(subjects)) {
    const { rows } = await queries.query<OpenRow>(
      `select code, subject, first_seen_at, baseline from salvor.findings
       where scope_key = $1 and job = $2 and scope = $3 and resolved_at is null and subject_key = any($4::bytea[])
       order by subject, code`,
      [...scopeOf({ job, scope }), batch.map((subject) => subjectKey(encodeText(subject)))],
    );
    for (const row of rows) found.push(toOpenFinding(row));
  }
  return found;
}

/** How the tables name a job's scope. */
function scopeOf({ job, scope }: Pick<RunStart, 'job' | 'scope'>): [key: string, job: string, scope: string] {
  return [scopeKey(job, scope), encodeText(job), encodeText(scope)];
}

interface OpenRow {
  code: string;
  subject: string;
  first_seen_at: Date;
  baseline: boolean;
}

function toOpenFinding(row: OpenRow): OpenFinding {
  const { code, subject, first_seen_at, baseline } = row;
  return { code, subject: decodeText(subject), firstSeenAt: first_seen_at, baseline };
}

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}

/** Without those that start with another one. */
function outermost(prefixes: readonly string[]): string[] {
  const kept: string[] = [];
  // Sorted, everything that starts with a prefix follows it without a gap.
  for (const prefix of [...new Set(prefixes)].sort()) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}
