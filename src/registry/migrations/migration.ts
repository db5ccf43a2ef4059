type Privilege = 'select' | 'insert' | 'update' | 'delete';

/** A step of the schema `salvor`. A released step never changes; a later step fixes its mistakes. */
export interface Migration {
  /** One more than the step before. */
  version: number;
  name: string;
  /** Statements with every name qualified; runs in a transaction. */
  sql: string;
  /** The least that the role needs which runs the jobs. */
  grants: Readonly<Record<string, readonly Privilege[]>>;
}

/** The table that says what was done; it comes before all steps. */
export const MIGRATIONS_TABLE = `create table if not exists salvor.migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default pg_catalog.now()
);`;
