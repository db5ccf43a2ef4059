import { Failure } from '../core/failure.js';
import { NO_PASSWORD } from './connection/login-client.js';

interface Translation {
  code: string;
  what: string;
  hint: string;
}

const UNAVAILABLE_HINT = 'see whether the server runs and can be reached, then run the command again';

/** The server ended an idle connection: what was just sent on it was not executed. */
export const IDLE_TOO_LONG = '57P05';

/** SQLSTATEs (PostgreSQL, appendix A), the longest prefix that fits wins. */
const BY_SQLSTATE: Readonly<Record<string, Translation>> = {
  '08': { code: 'registry.unavailable', what: 'the connection failed', hint: UNAVAILABLE_HINT },
  '57P': {
    code: 'registry.unavailable',
    what: 'the server is shutting down or starting',
    hint: UNAVAILABLE_HINT,
  },
  [IDLE_TOO_LONG]: {
    code: 'registry.unavailable',
    what: 'the server ended a connection that was idle for too long (idle_session_timeout)',
    hint: 'raise idle_session_timeout for this role, then run the command again',
  },
  '25P03': {
    code: 'registry.unavailable',
    what: 'this process stood still within a transaction, and the server undid it',
    hint: 'see that the host is not suspended or out of memory, then run the command again',
  },
  '53300': {
    code: 'registry.unavailable',
    what: 'the server has no connection left',
    hint: 'raise max_connections, or end sessions that are idle',
  },
  '53': {
    code: 'registry.unavailable',
    what: 'the server lacks resources',
    hint: 'give it memory or disk, then run the command again',
  },
  '53100': {
    code: 'registry.disk_full',
    what: 'the disk of the database is full',
    hint: 'free space where the database is, then run the command again',
  },
  '58': { code: 'registry.unavailable', what: 'the server has a system error', hint: "see the server's log" },
  '28': {
    code: 'registry.denied',
    what: 'the login was refused',
    hint: 'correct user and password in the url, or pg_hba.conf',
  },
  '42501': {
    code: 'registry.denied',
    what: 'a privilege is missing',
    hint: '`salvor doctor --print-sql` prints the grants that are needed',
  },
  '25006': {
    code: 'registry.read_only',
    what: 'the database is read-only',
    hint: 'name the primary server in the url, or use registry.mode: readonly where the command allows it',
  },
  '3D000': {
    code: 'registry.missing_database',
    what: 'the database does not exist',
    hint: 'create it, or correct the end of the url',
  },
  '3F000': { code: 'registry.missing_table', what: 'a schema does not exist', hint: 'run `salvor init`' },
  '42P01': {
    code: 'registry.missing_table',
    what: 'a table does not exist',
    hint: 'run `salvor init` for a table of salvor itself; for another, correct its name in the configuration',
  },
  '42703': {
    code: 'registry.missing_column',
    what: 'a column does not exist',
    hint: 'correct the names of columns in the configuration',
  },
  '57014': {
    code: 'registry.timeout',
    what: 'a statement took too long',
    hint: 'see what the server is busy with, then run the command again',
  },
  '55P03': {
    code: 'registry.timeout',
    what: 'a lock was waited for too long',
    hint: 'see which session holds the lock (pg_stat_activity), then run the command again',
  },
};

/** What no SQLSTATE of its own tells. PostgreSQL's message is in the server's language; a server may be asked for English. */
const BY_MESSAGE: readonly (Translation & { pattern: RegExp })[] = [
  {
    pattern: /row-level security policy for (?:table|relation)|policy .* row-level security/,
    code: 'registry.row_security',
    what: 'row-level security may hide rows from this role',
    hint: 'Run `alter role ROLE bypassrls` as a superuser, or accept it with registry.row_security: allow.',
  },
  {
    pattern: new RegExp(`^${NO_PASSWORD}$`),
    code: 'registry.denied',
    what: 'the login failed',
    hint: 'Put the password into ~/.pgpass (PGPASSFILE, chmod 600), PGPASSWORD, or the url.',
  },
  {
    pattern: /statement pooling mode/,
    code: 'registry.pooler',
    what: 'the connection pooler is in statement mode',
    hint: 'Connect to the PostgreSQL server directly, or through a pool in session mode.',
  },
];

/** The server ends a connection before it begins, for what the connection string asks of the session. */
const REFUSED: Translation = {
  code: 'registry.denied',
  what: 'the server refused the connection',
  hint: 'correct what the message names in the url, the service or PGOPTIONS',
};

const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'EACCES',
  'EPERM',
]);

const DRIVER_MESSAGES =
  /^Connection terminated|^timeout expired$|^timeout exceeded when trying to connect|^Query read timeout|Client has encountered a connection error|^Client was closed|Cannot use a pool after calling end/;

const TLS_ERRORS =
  /does not support SSL|error establishing an SSL connection|^ERR_TLS|^ERR_SSL|CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|EPROTO/;

/** What a thrown value holds that tells what happened. */
function faceOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Node reports a host with several addresses as one AggregateError with an empty message.
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  return { code, message: error.message || (first instanceof Error ? first.message : code) };
}

/** Whether the server ended the connection with the error. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'FATAL';
}

/** The SQLSTATE of a driver's error, if it has one. */
export function sqlState(error: unknown): string | undefined {
  const { code } = faceOf(error);
  return /^[0-9A-Z]{5}$/.test(code) && !SOCKET_ERRORS.has(code) ? code : undefined;
}

/** Whether an error, or what a failure was made of, is something that the server said: then it is there. */
export function isAnswer(error: unknown): boolean {
  return sqlState(error instanceof Failure ? error.cause : error) !== undefined;
}

/** Whether the same transaction may just be tried again: serialization failure, deadlock. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}

/** Whether the server could not be reached, or the connection to it was lost. */
export function isConnectionLoss(error: unknown): boolean {
  const code = error instanceof Failure ? error.code : translate(error)?.code;
  return code === 'registry.unavailable';
}

function translate(error: unknown): Translation | undefined {
  const { code, message } = faceOf(error);
  const state = sqlState(error);
  if (state === '55000' && isFatal(error)) {
    return {
      code: 'registry.unavailable',
      what: 'the database takes no connections',
      hint: UNAVAILABLE_HINT,
    };
  }
  const told = BY_MESSAGE.find(({ pattern }) => pattern.test(message));
  if (told !== undefined) return told;
  if (state !== undefined) {
    const prefix = [5, 3, 2].map((n) => state.slice(0, n)).find((p) => BY_SQLSTATE[p] !== undefined);
    if (prefix !== undefined) return BY_SQLSTATE[prefix];
    if (isTransient(error)) {
      return {
        code: 'registry.conflict',
        what: 'other transactions kept getting in the way',
        hint: 'run it again when they are done',
      };
    }
    return isFatal(error) ? REFUSED : undefined;
  }
  if (TLS_ERRORS.test(code) || TLS_ERRORS.test(message)) {
    return {
      code: 'registry.tls',
      what: 'the encrypted connection failed',
      hint: 'correct sslmode and sslrootcert in the url',
    };
  }
  if (SOCKET_ERRORS.has(code) || DRIVER_MESSAGES.test(message)) {
    return { code: 'registry.unavailable', what: 'it cannot be reached', hint: UNAVAILABLE_HINT };
  }
  return undefined;
}

/**
 * The `Failure` for an error of the driver, or the error itself where it is a broken program (a syntax error, a
 * constraint of our own). `where` is the redacted url: neither url nor message ever hold a password.
 */
export function toFailure(error: unknown, where: string): unknown {
  if (error instanceof Failure) return error;
  const found = translate(error);
  if (found === undefined) return error;
  return new Failure(found.code, `registry ${where}: ${found.what}: ${faceOf(error).message}`, {
    hint: found.hint,
    cause: error,
  });
}
