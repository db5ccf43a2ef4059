import type { Database } from '../database.js';

export async function ensureSchema(_database: Database, _mode: 'auto' | 'always' | 'never'): Promise<void> {}
/** Applies what is pending; returns the names of what it applied. */
export async function migrate(_database: Database): Promise<string[]> {
  return [];
}
/** The names of the migrations that the database lacks. */
export async function pendingMigrations(_database: Database): Promise<string[]> {
  return [];
}
/** All migrations and the least grants for `role`, as a script for a DBA. */
export function printSql(_role = 'salvor'): string {
  return '';
}
