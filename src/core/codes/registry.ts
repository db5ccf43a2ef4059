import { type CodeEntry, failureEntry } from './entry.js';

/** Codes of the registry: connections, the embedded server, the schema, runs and baselines. */
export const registryCodes: Record<string, CodeEntry> = {
  'registry.bad_url': failureEntry(
    'The URL of the registry is malformed.',
    'Write postgres://user@host:5432/database, with special characters %-encoded, or embedded:DIR.',
  ),
  'registry.unavailable': failureEntry(
    "The registry's database cannot be reached, or the connection was lost.",
    'Check that the server is running; for an embedded one, see postgres.log in its directory. Then run the command again.',
  ),
  'registry.tls': failureEntry(
    'The encrypted connection to the registry failed.',
    'Fix sslmode and sslrootcert in the URL.',
  ),
  'registry.denied': failureEntry(
    'The database denies the login or a statement, or the directory of an embedded registry cannot be used.',
    '`salvor doctor --print-sql` prints the required grants. The directory must belong to the account that runs Salvor.',
  ),
  'registry.read_only': failureEntry(
    'The database is read-only.',
    'Connect to the primary server, or use registry.mode: readonly if the command allows it.',
  ),
  'registry.missing_database': failureEntry(
    'The database in the URL does not exist.',
    'Create it, or fix the URL.',
  ),
  'registry.missing_table': failureEntry(
    'A table does not exist.',
    "Run `salvor init` to create Salvor's own tables. For any other table, fix its name in the configuration.",
  ),
  'registry.pooler': failureEntry(
    'A connection pooler uses a different server connection for each transaction or statement.',
    'Connect to the server directly, or through a pool in session mode.',
  ),
  'registry.row_security': failureEntry(
    'Row-level security may hide rows of a table from this role, so Salvor might not see all files.',
    'Run `alter role … bypassrls`, or accept the risk with registry.row_security: allow.',
  ),
  'registry.not_updatable': failureEntry(
    'The artifacts table is a view or a foreign table that cannot be updated.',
    'Set registry.table to the underlying table, give the view an INSTEAD OF UPDATE trigger, or use registry.mode: readonly.',
  ),
  'registry.generated_column': failureEntry(
    'The metadata or path column is a generated column, which cannot be written.',
    'Set registry.columns to the column that it is computed from.',
  ),
  'registry.id_type': failureEntry(
    'The id column of the artifacts table has a type that cannot be compared and sorted, or whose text form depends on settings.',
    'Set registry.columns.id to a column of text, char, uuid, integer, numeric, an enum, or a domain over one of these.',
  ),
  'registry.id_not_unique': failureEntry(
    'Some values of the id column are null or shared by several rows. Those rows were left unchanged; all others were processed.',
    'Set registry.columns.id to a column with unique values, or fix the rows.',
  ),
  'registry.missing_column': failureEntry(
    'A column does not exist.',
    'Fix the column names in the configuration.',
  ),
  'registry.disk_full': failureEntry(
    'The disk of the database is full.',
    'Free space on it, then run the command again.',
  ),
  'registry.timeout': failureEntry(
    'A statement took too long, or waited too long for a lock.',
    'Check for long-running queries (pg_stat_activity), then run the command again.',
  ),
  'registry.conflict': failureEntry(
    'A transaction was aborted repeatedly because it conflicted with others.',
    'Run the command again when the database is less busy.',
  ),
  'registry.not_initialised': failureEntry(
    "Salvor's tables are missing from the database, or were created by an older version.",
    'Run `salvor init`, or ask a DBA to run the SQL from `salvor doctor --print-sql`.',
  ),
  'registry.newer_schema': failureEntry(
    'The tables were changed by a newer version of Salvor.',
    'Update Salvor on this host.',
  ),
  'registry.unsupported_server': failureEntry(
    'The database server is too old, or its encoding is not UTF8.',
    'Use PostgreSQL 13 or later with UTF8 encoding, or embedded:DIR.',
  ),
  'registry.embedded_unsupported': failureEntry(
    'The embedded server cannot run on this machine.',
    'Use a server: --registry postgres://…',
  ),
  'registry.embedded_as_root': failureEntry(
    'PostgreSQL refuses to run as root, and the system allows neither a user namespace nor another account.',
    'Run salvor as an ordinary user, or use a server.',
  ),
  'registry.embedded_directory': failureEntry(
    'The directory of the embedded registry contains other files, or something else has the name of one of its own files.',
    'Use a separate directory.',
  ),
  'registry.embedded_owner': failureEntry(
    'The directory of the embedded registry belongs to another account, which could use it to control root.',
    'Run salvor as the owner of that directory, or choose another one.',
  ),
  'registry.embedded_elsewhere': failureEntry(
    'The directory of the embedded registry is on a network file system, and another host started its server.',
    'Run salvor on that host, or use a server that all hosts can reach: --registry postgres://…',
  ),
  'registry.embedded_version': failureEntry(
    'The embedded registry was created by another major version of PostgreSQL.',
    'Run the version of Salvor that created it, or move the data with pg_dump and psql.',
  ),
  'run.locked': failureEntry(
    'Another run of this job on this scope holds the lock (exit 4).',
    'Wait until it has ended. The lock of a killed run is released automatically.',
  ),
  'run.unknown': failureEntry('There is no run with this id.', 'List the ids with `salvor runs list`.'),
  'run.closed': failureEntry(
    'The run appeared dead and was closed by another process while it was still working.',
    'Run it again. Make sure that the host is not suspended for minutes.',
  ),
  'run.lock_lost': failureEntry(
    "The run's session is alive but no longer holds its lock.",
    'Connect to PostgreSQL itself, not to a pooler in transaction mode.',
  ),
  'run.died': failureEntry(
    'A run ended without reporting: it was killed, or its host went down.',
    "Check the host's log around the last heartbeat, then run the job again.",
  ),
  'baseline.not_complete': failureEntry(
    'The run did not cover everything, so it cannot be the baseline.',
    'Accept a run with status ok or findings.',
  ),
};
