import type { CodeEntry } from './entry.js';

const failure = (meaning: string, action: string): CodeEntry => ({ kind: 'failure', meaning, action });

/** Codes of the registry: connections, the embedded server, the schema, runs and baselines. */
export const registryCodes: Record<string, CodeEntry> = {
  'registry.bad_url': failure(
    'The url of the registry cannot be read.',
    'Write postgres://user@host:5432/database, with special characters %-encoded, or embedded:DIR.',
  ),
  'registry.unavailable': failure(
    'The database of the registry cannot be reached, or went away.',
    'See whether the server runs; of an embedded one, see postgres.log in its directory. Then run the command again.',
  ),
  'registry.tls': failure(
    'The encrypted connection to the registry failed.',
    'Correct sslmode and sslrootcert in the url.',
  ),
  'registry.denied': failure(
    'The database refuses the login or a statement, or the directory of an embedded registry cannot be used.',
    '`salvor doctor --print-sql` prints the grants that are needed; the directory must belong to the account.',
  ),
  'registry.read_only': failure(
    'The database takes no changes.',
    'Name the primary server, or use registry.mode: readonly where the command allows it.',
  ),
  'registry.missing_database': failure(
    'The database that the url names does not exist.',
    'Create it, or correct the url.',
  ),
  'registry.missing_table': failure(
    'A table does not exist.',
    'Run `salvor init` for the tables of salvor; correct the name of another in the configuration.',
  ),
  'registry.pooler': failure(
    'A connection pooler hands out another server connection for each transaction or statement.',
    'Connect to the server directly, or through a pool in session mode.',
  ),
  'registry.row_security': failure(
    'Row-level security may hide rows of a table from this role, so Salvor would not see all files.',
    'Run `alter role … bypassrls`, or accept it with registry.row_security: allow.',
  ),
  'registry.not_updatable': failure(
    'The table of artifacts is a view or a foreign table that takes no update.',
    'Name the table behind it in registry.table, give the view an INSTEAD OF UPDATE trigger, or use registry.mode: readonly.',
  ),
  'registry.generated_column': failure(
    'The metadata or path column is generated: the server computes it, and nobody can write to it.',
    'Name the column that it is computed from in registry.columns.',
  ),
  'registry.id_type': failure(
    'The ids of the artifacts table have a type without equality and order, or whose text depends on settings.',
    'Set registry.columns.id to a column of text, char, uuid, integer, numeric, an enum, or a domain over one of these.',
  ),
  'registry.id_not_unique': failure(
    'Some values of the id column name several rows, or none; those rows were left alone, all others were processed.',
    'Set registry.columns.id to a column whose values are unique, or correct the rows.',
  ),
  'registry.missing_column': failure(
    'A column does not exist.',
    'Correct the names of columns in the configuration.',
  ),
  'registry.disk_full': failure(
    'The disk of the database is full.',
    'Free space there, then run the command again.',
  ),
  'registry.timeout': failure(
    'A statement took too long, or waited too long for a lock.',
    'See what the server is busy with (pg_stat_activity), then run the command again.',
  ),
  'registry.conflict': failure(
    'Other transactions kept getting in the way of one.',
    'Run the command again when they are done.',
  ),
  'registry.not_initialised': failure(
    'The database lacks tables of salvor, or has those of an older one.',
    'Run `salvor init`, or have a DBA run what `salvor doctor --print-sql` prints.',
  ),
  'registry.newer_schema': failure('A newer salvor has changed the tables.', 'Bring this salvor up to date.'),
  'registry.unsupported_server': failure(
    'The database server is too old, or its encoding is not UTF8.',
    'Use PostgreSQL 13 or later with encoding UTF8, or embedded:DIR.',
  ),
  'registry.embedded_unsupported': failure(
    'The embedded server cannot run on this machine.',
    'Name a server: --registry postgres://…',
  ),
  'registry.embedded_as_root': failure(
    'PostgreSQL refuses to run as root, and the system allows neither a user namespace nor another account.',
    'Run salvor as an ordinary user, or name a server.',
  ),
  'registry.embedded_directory': failure(
    'The directory of the embedded registry holds other files, or something else is in the place of its own.',
    'Name a directory of its own.',
  ),
  'registry.embedded_owner': failure(
    'The directory of the embedded registry belongs to another account, which could tell root what to do.',
    'Run salvor as the owner of that directory, or name another one.',
  ),
  'registry.embedded_elsewhere': failure(
    'The directory of the embedded registry is on a network file system, and another host started its server.',
    'Run salvor on that host, or use a server that all hosts can reach: --registry postgres://…',
  ),
  'registry.embedded_version': failure(
    'The data of the embedded registry was made by another major version of PostgreSQL.',
    'Run the salvor that made it, or move the data over with pg_dump and psql.',
  ),
  'run.locked': failure(
    'Another run of this job on this scope holds the lock (exit 4).',
    'Wait until it has ended; the lock of a run that was killed is free by itself.',
  ),
  'run.unknown': failure('There is no run with this id.', '`salvor runs list` shows the ids.'),
  'run.closed': failure(
    'The run was taken for dead and closed by another process while it worked.',
    'Run it again; see that the host does not stand still for minutes.',
  ),
  'run.lock_lost': failure(
    "The run's session lives, but does not hold its lock any more.",
    'Connect to PostgreSQL itself, not to a pooler in transaction mode.',
  ),
  'run.died': failure(
    'A run ended without a word: it was killed, or its host was.',
    'See the log of the host around the last heartbeat, and run the job again.',
  ),
  'baseline.not_complete': failure(
    'The run did not see everything, so it cannot be the baseline.',
    'Accept a run whose status is ok or findings.',
  ),
};
