import type {
  FindingsLedger,
  OpenFinding,
  Resolution,
  ResolvedFindings,
  RunStart,
  Settlement,
  StagedFinding,
} from '../port.js';
import { LAST_SEEN_AT } from '../queries/last-seen.js';
import type { Queries } from '../queries.js';
import type { Session } from '../session.js';
import { decodeText, encodeText } from '../text.js';
import {
  CREATE_STAGING,
  FORGET_COVERAGE,
  LOAD_BEFORE,
  type Prefixes,
  REMEMBER_COVERAGE,
  resolvedSql,
  settleSql,
  unseenSql,
} from './findings-sql.js';
import { scopeKey, subjectKey } from './scope-key.js';

/** Rows of one statement: enough that the way to the server does not count, few enough to be no burden. */
const BATCH = 2000;
/** Subjects of one page of all that are open. */
const PAGE = 20_000;
/** A message is a sentence; what is longer holds the name of something hostile. */
const MESSAGE_CHARS = 2000;

/** `salvor.findings` of one run. What is staged is in temporary tables of the run's session. */
export class SessionFindings implements FindingsLedger {
  readonly #session: Session;
  readonly #run: RunStart;
  readonly #scope: [key: string, job: string, scope: string];
  #waiting: StagedFinding[] = [];
  #tables: Promise<unknown> | undefined;

  constructor(session: Session, run: RunStart) {
    this.#session = session;
    this.#run = run;
    this.#scope = scopeOf(ledgerOf(run));
  }

  async openCount(): Promise<number> {
    return this.#countOpen(this.#session);
  }

  open(subjects: readonly string[]): Promise<OpenFinding[]> {
    return openFindings(this.#session, ledgerOf(this.#run), subjects);
  }

  async *openSubjects(): AsyncGenerator<readonly string[]> {
    let after: [key: Buffer, code: string] = [Buffer.alloc(0), ''];
    for (;;) {
      const { rows } = await this.#session.query<{ subject_key: Buffer; code: string; subject: string }>(
        `select subject_key, code, subject from salvor.findings
         where scope_key = $1 and job = $2 and scope = $3 and resolved_at is null and not failure
           and (subject_key, code) > ($4::bytea, $5::text)
         order by subject_key, code limit ${PAGE}`,
        [...this.#scope, ...after],
      );
      if (rows.length > 0) yield rows.map(({ subject }) => decodeText(subject));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = [last.subject_key, last.code];
    }
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

  async stageCovered(subjects: readonly string[]): Promise<void> {
    await this.#makeTables();
    for (const batch of batches(subjects)) {
      await this.#session.query(
        'insert into pg_temp.covered (subject_key) select * from unnest($1::bytea[]) on conflict do nothing',
        [batch.map((subject) => subjectKey(encodeText(subject)))],
      );
    }
  }

  async unseen(
    completePrefixes: readonly string[],
    codes: readonly string[],
    limit: number,
  ): Promise<string[]> {
    const prefixes = await this.prepare(completePrefixes);
    return this.#session.transaction(async (tx) => {
      await this.#loadBefore(tx);
      const { rows } = await tx.query<{ subject: string }>(unseenSql(prefixes), [codes, limit]);
      return rows.map(({ subject }) => decodeText(subject));
    });
  }

  async resolved(completePrefixes: readonly string[], parts: readonly string[]): Promise<ResolvedFindings> {
    const prefixes = await this.prepare(completePrefixes);
    return this.#session.transaction(async (tx) => {
      await this.#loadBefore(tx);
      const { rows } = await tx.query<{ part: string | null; resolved: number }>(resolvedSql(prefixes), [
        parts.map(encodeText),
      ]);
      const byPart = new Map<string, number>();
      let total = 0;
      for (const { part, resolved } of rows) {
        total += Number(resolved);
        if (part !== null) byPart.set(decodeText(part), Number(resolved));
      }
      return { total, byPart };
    });
  }

  /** Brings everything that was staged, and the prefixes, to the server. Comes before `settle`. */
  async prepare(completePrefixes: readonly string[]): Promise<Prefixes> {
    await this.#makeTables();
    await this.#flush();
    await this.#session.query('truncate pg_temp.complete_prefixes');
    const prefixes = outermost(completePrefixes.map(encodeText));
    for (const batch of batches(prefixes)) {
      await this.#session.query(
        'insert into pg_temp.complete_prefixes (prefix) select * from unnest($1::text[])',
        [batch],
      );
    }
    await this.#session.query(
      'analyze pg_temp.staged, pg_temp.resolutions, pg_temp.covered, pg_temp.complete_prefixes',
    );
    if (prefixes.length === 0) return 'none';
    if (prefixes.length > 1) return 'many';
    return prefixes[0] === '' ? 'all' : 'one';
  }

  /**
   * Makes the findings what this run saw, within the transaction that closes the run. Runs on parts of one scope may
   * end at the same time: one settles after the other.
   */
  async settle(tx: Queries, at: Date, prefixes: Prefixes, settlement: Settlement): Promise<void> {
    await tx.query(
      "select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('salvor.findings'), $1::int)",
      [Number(BigInt.asIntN(32, BigInt(this.#scope[0])))],
    );
    await this.#loadBefore(tx);
    const { ran = 'not', otherwise = 'archive_gone' } = settlement;
    await tx.query(settleSql(prefixes), [
      ...this.#scope,
      at,
      this.#run.id,
      ran !== 'not',
      otherwise,
      this.#run.qualifying,
      ran === 'whole',
    ]);
    if (prefixes === 'none') return;
    await tx.query(FORGET_COVERAGE, [this.#scope[0]]);
    await tx.query(REMEMBER_COVERAGE, [this.#scope[0], this.#run.id, at]);
  }

  async #countOpen(queries: Queries): Promise<number> {
    const { rows } = await queries.query<{ open: number }>(
      `select count(*) as open from salvor.findings
       where scope_key = $1 and job = $2 and scope = $3 and resolved_at is null and not failure`,
      this.#scope,
    );
    return Number(rows[0]?.open ?? 0);
  }

  /** Compiling costs more than these statements ever do. */
  async #loadBefore(tx: Queries): Promise<void> {
    await tx.query('set local jit = off');
    await tx.query('truncate pg_temp.before');
    await tx.query(LOAD_BEFORE, this.#scope);
    await tx.query('analyze pg_temp.before');
  }

  #makeTables(): Promise<unknown> {
    this.#tables ??= this.#session.query(CREATE_STAGING);
    return this.#tables;
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    await this.#makeTables();
    const subjects = batch.map((finding) => encodeText(finding.subject));
    await this.#session.query(
      `insert into pg_temp.staged (subject_key, code, subject, severity, violation, message, failure)
       select * from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::boolean[])
       on conflict do nothing`,
      [
        subjects.map(subjectKey),
        batch.map((finding) => finding.code),
        subjects,
        batch.map((finding) => finding.severity),
        batch.map((finding) => finding.violation),
        batch.map((finding) => encodeText((finding.message ?? '').slice(0, MESSAGE_CHARS))),
        batch.map((finding) => finding.failure ?? false),
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
      `select f.code, f.subject, f.first_seen_at, f.baseline, ${LAST_SEEN_AT} as last_seen_at
       from salvor.findings f
       where f.scope_key = $1 and f.job = $2 and f.scope = $3 and f.resolved_at is null
         and f.subject_key = any($4::bytea[])
       order by subject, code`,
      [...scopeOf({ job, scope }), batch.map((subject) => subjectKey(encodeText(subject)))],
    );
    for (const row of rows) found.push(toOpenFinding(row));
  }
  return found;
}

/** Where a run's findings are kept: those of a run on a part are in the ledger of the whole. */
function ledgerOf({ job, scope, ledgerScope }: Pick<RunStart, 'job' | 'scope' | 'ledgerScope'>): {
  job: string;
  scope: string;
} {
  return { job, scope: ledgerScope ?? scope };
}

/** How the tables name a job's scope. */
function scopeOf({ job, scope }: Pick<RunStart, 'job' | 'scope'>): [key: string, job: string, scope: string] {
  return [scopeKey(job, scope), encodeText(job), encodeText(scope)];
}

interface OpenRow {
  code: string;
  subject: string;
  first_seen_at: Date;
  last_seen_at: Date;
  baseline: boolean;
}

function toOpenFinding(row: OpenRow): OpenFinding {
  const { code, subject, first_seen_at, last_seen_at, baseline } = row;
  return {
    code,
    subject: decodeText(subject),
    firstSeenAt: first_seen_at,
    lastSeenAt: last_seen_at,
    baseline,
  };
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
