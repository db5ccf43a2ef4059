import type { Database } from '../database.js';
import { decodeText, encodeText } from '../text.js';
import { scopeKey } from './scope-key.js';

/** A scope that a person told the watchdog to forget; what ran on it since then counts again. */
export interface ForgottenScope {
  job: string;
  scope: string;
  forgottenAt: Date;
}

/** The names of scopes: which store each means, and which nobody expects runs on any more. */
export class PostgresScopes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The endpoint whose store this scope means: the one that was first to use the name. With `claims` that may be
   * `endpoint`, from now on; otherwise a name that nobody has used yet belongs to nobody.
   */
  async endpointOf(
    { job, scope }: { job: string; scope: string },
    endpoint: string,
    claims: boolean,
  ): Promise<string | undefined> {
    const key = scopeKey(job, scope);
    if (claims) {
      await this.#database.query(
        `insert into salvor.scope_endpoints (scope_key, job, scope, endpoint) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [key, encodeText(job), encodeText(scope), encodeText(endpoint)],
      );
    }
    const { rows } = await this.#database.query<{ endpoint: string }>(
      'select endpoint from salvor.scope_endpoints where scope_key = $1',
      [key],
    );
    return rows[0] === undefined ? undefined : decodeText(rows[0].endpoint);
  }

  /** The scopes of a job on which a qualifying run has ever checked all that it was asked. */
  async proven(job: string, scopes: readonly string[]): Promise<Set<string>> {
    const keys = scopes.map((scope) => scopeKey(job, scope));
    const { rows } = await this.#database.query<{ scope: string }>(
      `select s.scope from unnest($1::bigint[], $2::text[]) as s(scope_key, scope)
       where exists (select from salvor.runs r where r.scope_key = s.scope_key and r.qualifying
         and r.status in ('ok', 'findings'))`,
      [keys, scopes.map(encodeText)],
    );
    return new Set(rows.map(({ scope }) => decodeText(scope)));
  }

  /** The jobs that have ever run on a scope. */
  async jobsOn(scope: string): Promise<string[]> {
    const { rows } = await this.#database.query<{ job: string }>(
      'select distinct job from salvor.runs where scope = $1 order by job',
      [encodeText(scope)],
    );
    return rows.map(({ job }) => decodeText(job));
  }

  /**
   * Nobody expects runs on this scope any more: what is open on it ends as decided, and its name is free for another
   * store. Recorded with who did it; a later run makes it a scope again. Returns how many findings ended.
   */
  async forget(job: string, scope: string, by: { actor: string; reason: string | null }): Promise<number> {
    const key = scopeKey(job, scope);
    const named = [key, encodeText(job), encodeText(scope)];
    return this.#database.transaction(async (tx) => {
      await tx.query(
        `insert into salvor.forgotten_scopes (scope_key, job, scope, actor, reason) values ($1, $2, $3, $4, $5)`,
        [...named, encodeText(by.actor), by.reason === null ? null : encodeText(by.reason)],
      );
      await tx.query('delete from salvor.scope_endpoints where scope_key = $1', [key]);
      const { rowCount } = await tx.query(
        `update salvor.findings set resolved_at = pg_catalog.now(), resolution = 'decided'
         where scope_key = $1 and job = $2 and scope = $3 and resolved_at is null`,
        named,
      );
      return rowCount;
    });
  }

  /** Every scope that was forgotten, each with the last time. */
  async forgotten(): Promise<ForgottenScope[]> {
    const { rows } = await this.#database.query<{ job: string; scope: string; forgotten_at: Date }>(
      'select distinct on (scope_key) job, scope, forgotten_at from salvor.forgotten_scopes order by scope_key, id desc',
    );
    return rows.map((row) => ({
      job: decodeText(row.job),
      scope: decodeText(row.scope),
      forgottenAt: row.forgotten_at,
    }));
  }
}
