import type { ArtifactDetail } from '../../../dashboard/api/artifact.js';
import type {
  ResidualRow,
  ReviewCandidate,
  ReviewDecision,
  ReviewDetail,
  ReviewRow,
} from '../../../dashboard/api/recovery.js';
import type { Page } from '../../../dashboard/api/session.js';
import type { Sql } from '../../../dashboard/port.js';
import { notFound } from '../../../dashboard/security/refusal.js';
import type { JournalReads } from './journal.js';
import type { OwnEntries } from './own-entries.js';
import { FETCH_ROWS, pageOf } from './page.js';
import { cut, time } from './stored.js';
import type { Tables } from './tables.js';

/** At most this many candidates of a row are shown; the report lists all. */
const MAX_CANDIDATES = 200;
const TEXT_CHARS = 1000;
const CAUSE_CHARS = 4000;

interface PlanRow {
  title: string | null;
  file_path: string | null;
  expected: string[];
  rule: string;
  explanation: string;
  destination: string | null;
  trusted_sha256: string[];
  failure_mode: string | null;
  reason: string | null;
  expected_size_bytes: number | null;
  candidates: ReviewCandidate[];
  /** Candidates with a merely similar name. */
  similar: ReviewCandidate[];
}

interface Row {
  artifact_id: string;
  artifact_type: string;
  status: string;
  updated_at: Date;
  plan_row: Partial<PlanRow>;
  candidates: number;
  decision: ReviewDecision['decision'] | null;
  cid: string | null;
  note: string | null;
  actor: string | null;
  decided_at: Date | null;
}

/** SQL for the last decision after the plan that was not withdrawn: the next plan applies it. */
const DECIDED = `left join lateral (
    select * from (
      select decision, cid, note, actor, decided_at from salvor.decisions d
      where d.artifact_id = r.artifact_id and d.table_name in (r.table_name, '') and d.decided_at > r.updated_at order by d.id desc limit 1) as last
    where last.decision <> 'withdraw') as d on true`;

/** Columns for lists. The candidates may be many and long, so lists only get their number. */
const SLIM = `r.artifact_id, r.artifact_type, r.status, r.updated_at, r.plan_row - 'candidates' - 'similar' as plan_row,
  case pg_catalog.jsonb_typeof(r.plan_row -> 'candidates') when 'array'
    then pg_catalog.jsonb_array_length(r.plan_row -> 'candidates') else 0 end as candidates,
  d.decision, d.cid, d.note, d.actor, d.decided_at`;

export interface ReviewCounts {
  /** Rows without a decision since the last plan was applied. */
  waiting: number;
  /** Rows accepted or rejected since then: the next plan applies the decision. */
  decided: number;
}

export interface ReviewQuery {
  type?: string;
  /** `waiting` (default, not decided yet), `decided` or `all`. */
  show?: string;
  after?: string;
}

interface ReviewSource {
  sql: Sql;
  tables: Tables;
  journal: JournalReads;
  own: OwnEntries;
}

/** Reads `salvor.recovery_rows` and the decisions about them. */
export class ReviewReads {
  readonly #sql: Sql;
  readonly #tables: Tables;
  readonly #journal: JournalReads;
  readonly #own: OwnEntries;

  constructor({ sql, tables, journal, own }: ReviewSource) {
    this.#sql = sql;
    this.#tables = tables;
    this.#journal = journal;
    this.#own = own;
  }

  /** Rows for review, by id. */
  async page(query: ReviewQuery): Promise<Page<ReviewRow>> {
    if (!(await this.#kept())) return { rows: [], next: null };
    // Decided rows are few, so they are looked up by their decisions.
    const few =
      query.show === 'decided'
        ? `and r.artifact_id in (select artifact_id from salvor.decisions d where ${this.#own('d')})`
        : '';
    const { rows } = await this.#sql.query<Row>(
      `select ${SLIM} from salvor.recovery_rows r ${DECIDED}
       where ${this.#own('r')} and r.status = 'needs_review' and ($1::text is null or r.artifact_type = $1) ${few}
         and ($2::text = 'all' or (d.decision is not null) = ($2::text = 'decided'))
         and ($3::text is null or r.artifact_id > $3)
       order by r.artifact_id limit ${FETCH_ROWS}`,
      [query.type ?? null, query.show ?? 'waiting', query.after || null],
    );
    return pageOf(rows, toReview, (row) => row.artifact_id);
  }

  /** Residual rows of the last applied plan: without a file and without an open decision; by id. */
  async residual(query: { type?: string; status?: string; after?: string }): Promise<Page<ResidualRow>> {
    if (!(await this.#kept())) return { rows: [], next: null };
    const { rows } = await this.#sql.query<Row & { similar: number }>(
      `select r.artifact_id, r.artifact_type, r.status, r.updated_at, r.plan_row - 'candidates' - 'similar' as plan_row,
         case pg_catalog.jsonb_typeof(r.plan_row -> 'similar') when 'array'
           then pg_catalog.jsonb_array_length(r.plan_row -> 'similar') else 0 end as similar
       from salvor.recovery_rows r
       where ${this.#own('r')} and r.status = any($1::text[]) and ($2::text is null or r.artifact_type = $2)
         and ($3::text is null or r.artifact_id > $3)
       order by r.artifact_id limit ${FETCH_ROWS}`,
      [query.status === undefined ? WITHOUT_FILE : [query.status], query.type ?? null, query.after || null],
    );
    return pageOf(rows, toResidual, (row) => row.artifact_id);
  }

  async detail(artifactId: string): Promise<ReviewDetail> {
    const { rows } = (await this.#kept())
      ? await this.#sql.query<Row>(
          `select r.artifact_id, r.artifact_type, r.status, r.updated_at, r.plan_row, 0 as candidates,
             d.decision, d.cid, d.note, d.actor, d.decided_at
           from salvor.recovery_rows r ${DECIDED} where r.artifact_id = $1 and ${this.#own('r')}`,
          [artifactId],
        )
      : { rows: [] };
    const [row] = rows;
    if (row === undefined) throw notFound('row with this id in the last plan');
    const plan = row.plan_row;
    return {
      ...toReview(row),
      status: row.status,
      undone: await this.#journal.undoneBind(artifactId, row.updated_at),
      cause: causeOf(plan),
      candidates: [...(plan.candidates ?? []), ...(plan.similar ?? [])]
        .slice(0, MAX_CANDIDATES)
        .map(toCandidate),
      ...(await this.#decisions(artifactId)),
      destination: plan.destination ?? null,
      trusted_sha256: plan.trusted_sha256 ?? [],
      expected_size_bytes: plan.expected_size_bytes ?? null,
    };
  }

  /** Counts waiting and decided rows. Starts from the few decisions, because the rows are many and wide. */
  async counts(): Promise<ReviewCounts> {
    if (!(await this.#kept())) return { waiting: 0, decided: 0 };
    const { rows } = await this.#sql.query<{ waiting: number; decided: number }>(
      `with decided as (
         select distinct on (d.artifact_id) d.decision from salvor.decisions d
         join salvor.recovery_rows r on r.artifact_id = d.artifact_id and d.table_name in (r.table_name, '')
         where ${this.#own('r')} and r.status = 'needs_review' and d.decided_at > r.updated_at
         order by d.artifact_id, d.id desc)
       select (select count(*) from salvor.recovery_rows r where ${this.#own('r')} and status = 'needs_review')::integer
           - (select count(*) from decided where decision <> 'withdraw')::integer as waiting,
         (select count(*) from decided where decision in ('accept', 'reject'))::integer as decided`,
    );
    return rows[0] ?? { waiting: 0, decided: 0 };
  }

  async statusOf(artifactId: string): Promise<ArtifactDetail['recovery']> {
    if (!(await this.#kept())) return null;
    const { rows } = await this.#sql.query<{ status: string; updated_at: Date }>(
      `select status, updated_at from salvor.recovery_rows r where artifact_id = $1 and ${this.#own('r')}`,
      [artifactId],
    );
    const [row] = rows;
    if (row === undefined) return null;
    const undone = await this.#journal.undoneBind(artifactId, row.updated_at);
    return { status: row.status, updated_at: time(row.updated_at), undone };
  }

  async #decisions(
    artifactId: string,
  ): Promise<{ decisions: ReviewDecision[]; last_decision: string | null }> {
    const { rows } = await this.#sql.query<Omit<ReviewDecision, 'at'> & { id: string; decided_at: Date }>(
      `select id::text as id, decision, cid, note, actor, decided_at from salvor.decisions d
       where artifact_id = $1 and ${this.#own('d')} order by d.id desc limit 50`,
      [artifactId],
    );
    return {
      decisions: rows.map(({ decided_at, id: _, ...decision }) => ({ ...decision, at: time(decided_at) })),
      last_decision: rows[0]?.id ?? null,
    };
  }

  async #kept(): Promise<boolean> {
    return (await this.#tables.has('recovery_rows')) && (await this.#tables.has('decisions'));
  }
}

/** Statuses of rows without a file and without an open decision. */
const WITHOUT_FILE = [
  'residual',
  'rejected',
  'undecided',
  'unrecoverable',
  'refused',
  'external_reference',
] as const;

function causeOf({ failure_mode: mode, reason }: Partial<PlanRow>): string | null {
  const text = mode ?? reason ?? null;
  return text === null ? null : cut(text, CAUSE_CHARS);
}

/** What both lists show of a row, whatever its status. */
function nameOf({ artifact_id, artifact_type, plan_row: plan, updated_at }: Row) {
  return {
    artifact_id,
    artifact_type,
    title: plan.title == null ? null : cut(plan.title, TEXT_CHARS),
    file_path: plan.file_path == null ? null : cut(plan.file_path, TEXT_CHARS),
    expected: (plan.expected ?? []).slice(0, 20).map((name) => cut(name, TEXT_CHARS)),
    updated_at: time(updated_at),
  };
}

function toResidual(row: Row & { similar: number }): ResidualRow {
  const { plan_row: plan } = row;
  return {
    ...nameOf(row),
    status: row.status,
    cause: causeOf(plan) ?? cut(plan.explanation ?? '', TEXT_CHARS),
    similar: row.similar,
  };
}

function toReview(row: Row): ReviewRow {
  const { plan_row: plan } = row;
  return {
    ...nameOf(row),
    rule: plan.rule ?? '',
    explanation: cut(plan.explanation ?? '', TEXT_CHARS),
    candidates: row.candidates,
    decided:
      row.decision === null || row.decided_at === null
        ? null
        : {
            decision: row.decision,
            cid: row.cid,
            note: row.note,
            actor: row.actor ?? '',
            at: time(row.decided_at),
          },
  };
}

function toCandidate(candidate: ReviewCandidate): ReviewCandidate {
  return {
    cid: candidate.cid,
    source: cut(candidate.source, TEXT_CHARS),
    path: cut(candidate.path, TEXT_CHARS),
    size_bytes: candidate.size_bytes,
    mtime: candidate.mtime,
    sha256: candidate.sha256,
    tier: candidate.tier,
    evidence: candidate.evidence.slice(0, 50).map((line) => cut(line, TEXT_CHARS)),
    rejected: candidate.rejected === null ? null : cut(candidate.rejected, TEXT_CHARS),
  };
}
