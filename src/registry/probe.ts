import { Failure } from '../core/failure.js';
import type { ArtifactShape } from './artifacts/table-schema.js';
import type { Database } from './database.js';
import { sqlState } from './pg-errors.js';
import type { Queries } from './queries.js';
import { rolledBack } from './rolled-back.js';

/** What a command is going to do with the table of artifacts: only recovery writes paths. */
export type Intent = 'read' | 'write' | 'write paths';

export interface ProbeOptions {
  intent: Intent;
  /** Rows that a policy hides are accepted as not there: registry.row_security. */
  rowSecurity: 'refuse' | 'allow';
}

/**
 * Tries what the jobs do with the table, in transactions that are rolled back: reads a row, updates the columns of no
 * row, writes nothing to Salvor's own tables. What the server would refuse in the middle of a run, or silently leave
 * out, is found before anything was touched. Empty where all of it works; the failures are not thrown, so that
 * `doctor` can list them and a job can end with the first.
 */
export async function probeArtifacts(
  db: Database,
  shape: ArtifactShape,
  { intent, rowSecurity }: ProbeOptions,
): Promise<Failure[]> {
  const { table, id, type, path, metadata } = shape;
  const found: (Failure | undefined)[] = [];
  if (rowSecurity === 'refuse') found.push(await rowSecurityOf(db, table));
  const columns = [id, type, path, metadata].map((column) => `a.${column.name}`).join(', ');
  found.push(await tried(db, table, `select ${columns} from ${table} a limit 1`));
  if (intent !== 'read') {
    found.push(await tried(db, table, updateOf(shape, metadata.name)));
    if (intent === 'write paths') found.push(await tried(db, table, updateOf(shape, path.name)));
    found.push(...(shape.hasState ? await stateWrites(db) : []));
  }
  const failures = found.filter((failure) => failure !== undefined);
  return failures.filter((one, i) => failures.findIndex((other) => other.code === one.code) === i);
}

/**
 * No row is touched, so no trigger fires; privileges, views, policies and generated columns are checked all the same. The
 * update is part of a larger statement, as it is in the jobs: some rules do not allow that.
 */
function updateOf({ table, id, type, path }: ArtifactShape, column: string): string {
  return `with changed as (
    update ${table} as a set ${column} = a.${column} where false returning a.${id.name}, a.${type.name}, a.${path.name})
  select from changed`;
}

async function stateWrites(db: Database): Promise<(Failure | undefined)[]> {
  const tables = {
    journal: 'artifact_id, table_name, action, before, after, actor',
    digests: 'artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at',
    drift:
      'artifact_id, table_name, old_sha256, new_sha256, size_bytes, mtime, path, root, class, first_seen_at, last_seen_at',
  };
  const tries = Object.entries(tables).map(([name, columns]) => {
    const nothing = columns
      .split(', ')
      .map((column) => `d.${column}`)
      .join(', ');
    return tried(
      db,
      `salvor.${name}`,
      `insert into salvor.${name} (${columns}) select ${nothing} from salvor.${name} d where false`,
    );
  });
  return Promise.all(tries);
}

async function rowSecurityOf(db: Queries, table: string): Promise<Failure | undefined> {
  const { rows } = await db.query<{ active: boolean; role: string }>(
    `select pg_catalog.row_security_active($1::regclass) as active, pg_catalog.quote_ident(current_user) as role`,
    [table],
  );
  if (rows[0]?.active !== true) return undefined;
  return new Failure(
    'registry.row_security',
    `row-level security of ${table} applies to the role ${rows[0].role}: rows that a policy hides would be taken for rows that do not exist`,
    {
      hint: `Run \`alter role ${rows[0].role} bypassrls\` as a superuser, or accept that with registry.row_security: allow.`,
    },
  );
}

async function tried(db: Database, table: string, statement: string): Promise<Failure | undefined> {
  try {
    await rolledBack(db, (within) => within.query(statement));
    return undefined;
  } catch (error) {
    const failure = explained(error, table);
    if (failure === undefined) throw error;
    return failure;
  }
}

/** SQLSTATEs by which a view, a foreign or a generated column says that it takes no update. */
const NOT_UPDATABLE = new Set(['55000', '0A000', '42809']);
const GENERATED = '428C9';

/** Undefined for what has nothing to do with the table: a server that went away, a mistake of ours. */
function explained(error: unknown, table: string): Failure | undefined {
  const cause = error instanceof Failure ? error.cause : error;
  const state = sqlState(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (state === GENERATED) {
    return new Failure('registry.generated_column', `${table}: ${message}: the server computes this column`, {
      hint: 'Set registry.columns to the column that it is computed from.',
      cause: error,
    });
  }
  if (state !== undefined && NOT_UPDATABLE.has(state)) {
    return new Failure('registry.not_updatable', `${table} takes no update: ${message}`, {
      hint: 'Name the table behind the view in registry.table, give the view an INSTEAD OF UPDATE trigger (or a trigger in place of a rule), or set registry.mode: readonly.',
      cause: error,
    });
  }
  const isKnown = error instanceof Failure && /^registry\.(denied|read_only|row_security)$/.test(error.code);
  return isKnown ? error : undefined;
}
