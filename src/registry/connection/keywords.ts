import { usageFailure } from '../../core/failure.js';

interface Keyword {
  /** The variable that gives it where the connection string and the service do not. */
  env?: string;
  /** Why a value is refused; undefined for a value that works. Without the function, every value works. */
  refuses?: (value: string) => string | undefined;
}

const KERBEROS = 'GSSAPI and Kerberos are not supported';
const OAUTH = 'OAuth logins are not supported';
/** Refuses what is no version of TLS. */
const tlsVersion = only(
  ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  'it is TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3',
);
/** Changes how a broken network is noticed, never which server is used or how safe the connection is. */
const TUNING: Keyword = {};

/**
 * Every connection parameter keyword of libpq (PostgreSQL 18 manual, section 34.1.2) and how it is handled. Unknown
 * keywords are refused, as in libpq.
 */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  host: { env: 'PGHOST' },
  hostaddr: { env: 'PGHOSTADDR' },
  port: { env: 'PGPORT' },
  dbname: { env: 'PGDATABASE' },
  user: { env: 'PGUSER' },
  password: { env: 'PGPASSWORD' },
  passfile: { env: 'PGPASSFILE' },
  service: { env: 'PGSERVICE' },
  servicefile: { env: 'PGSERVICEFILE' },
  require_auth: {
    env: 'PGREQUIREAUTH',
    refuses: never('the driver cannot be limited to some login methods'),
  },
  channel_binding: {
    env: 'PGCHANNELBINDING',
    refuses: only(['disable', 'prefer', 'require'], 'it is disable, prefer or require'),
  },
  connect_timeout: {
    env: 'PGCONNECT_TIMEOUT',
    refuses: (value) => (/^\s*-?\d+\s*$/.test(value) ? undefined : 'it is a number of seconds'),
  },
  client_encoding: {
    env: 'PGCLIENTENCODING',
    refuses: (value) =>
      /^(auto|utf-?8|unicode)$/i.test(value) ? undefined : 'the driver speaks UTF-8 only; leave it out',
  },
  options: { env: 'PGOPTIONS' },
  application_name: { env: 'PGAPPNAME' },
  fallback_application_name: {},
  keepalives: {},
  keepalives_idle: {},
  keepalives_interval: TUNING,
  keepalives_count: TUNING,
  tcp_user_timeout: TUNING,
  replication: { refuses: only(['false', 'off', 'no', '0'], 'Salvor needs an ordinary connection') },
  gssencmode: { env: 'PGGSSENCMODE', refuses: only(['disable', 'prefer'], KERBEROS) },
  krbsrvname: { env: 'PGKRBSRVNAME', refuses: never(KERBEROS) },
  gsslib: { env: 'PGGSSLIB', refuses: never(KERBEROS) },
  gssdelegation: { env: 'PGGSSDELEGATION', refuses: only(['0'], KERBEROS) },
  sslmode: {
    env: 'PGSSLMODE',
    refuses: only(
      ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
      'it is disable, allow, prefer, require, verify-ca or verify-full',
    ),
  },
  requiressl: {
    env: 'PGREQUIRESSL',
    refuses: only(['0'], 'it is no longer part of libpq: use sslmode=require'),
  },
  sslnegotiation: {
    env: 'PGSSLNEGOTIATION',
    refuses: only(['postgres', 'direct'], 'it is postgres or direct'),
  },
  sslcompression: { env: 'PGSSLCOMPRESSION', refuses: only(['0'], 'TLS is never compressed') },
  sslcert: { env: 'PGSSLCERT' },
  sslkey: {
    env: 'PGSSLKEY',
    refuses: (value) => (/^pkcs11:/.test(value) ? 'keys in hardware are not supported' : undefined),
  },
  sslpassword: {},
  sslcertmode: {
    env: 'PGSSLCERTMODE',
    refuses: only(['disable', 'allow'], 'whether the server asked for the certificate cannot be found out'),
  },
  sslrootcert: { env: 'PGSSLROOTCERT' },
  sslcrl: { env: 'PGSSLCRL' },
  sslcrldir: { env: 'PGSSLCRLDIR', refuses: never('name one file with sslcrl') },
  sslsni: { env: 'PGSSLSNI', refuses: only(['1'], 'the driver always names the host to the server') },
  sslkeylogfile: { refuses: never('keys are not logged') },
  requirepeer: {
    env: 'PGREQUIREPEER',
    refuses: never('the owner of the process at a Unix socket cannot be found out'),
  },
  ssl_min_protocol_version: {
    env: 'PGSSLMINPROTOCOLVERSION',
    refuses: tlsVersion,
  },
  ssl_max_protocol_version: {
    env: 'PGSSLMAXPROTOCOLVERSION',
    refuses: tlsVersion,
  },
  min_protocol_version: {
    env: 'PGMINPROTOCOLVERSION',
    refuses: only(['3.0'], 'the driver speaks version 3.0 of the protocol'),
  },
  max_protocol_version: { env: 'PGMAXPROTOCOLVERSION' },
  target_session_attrs: {
    env: 'PGTARGETSESSIONATTRS',
    refuses: only(
      ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
      'it is any, read-write, read-only, primary, standby or prefer-standby',
    ),
  },
  load_balance_hosts: {
    env: 'PGLOADBALANCEHOSTS',
    refuses: only(['disable', 'random'], 'it is disable or random'),
  },
  scram_client_key: { refuses: never('give a password') },
  scram_server_key: { refuses: never('give a password') },
  oauth_issuer: { refuses: never(OAUTH) },
  oauth_client_id: { refuses: never(OAUTH) },
  oauth_client_secret: { refuses: never(OAUTH) },
  oauth_scope: { refuses: never(OAUTH) },
  // The driver's own: "read sslmode as libpq does". It is read so anyway.
  uselibpqcompat: { refuses: only(['true'], 'sslmode is always read as libpq reads it') },
};

/** Refuses every value but these. */
function only(values: readonly string[], reason: string): (value: string) => string | undefined {
  return (value) => (values.includes(value) ? undefined : reason);
}

/** Refuses every value. */
function never(reason: string): () => string {
  return () => reason;
}

/** @throws Failure `registry.bad_url` for a key word that libpq does not know */
export function requireKeyword(name: string, place: string): void {
  if (Object.hasOwn(KEYWORDS, name)) return;
  // A name that is no word may be part of a password that was not encoded.
  const shown = /^[A-Za-z_][A-Za-z0-9_]{0,40}$/.test(name)
    ? `${name} in ${place}`
    : `a parameter in ${place}`;
  throw usageFailure(
    'registry.bad_url',
    `${shown} is not a parameter of a PostgreSQL connection`,
    'Leave it out: parameters of other drivers (schema, pgbouncer, statement_timeout…) have no effect here. Server settings go into options=-c name=value.',
  );
}

/**
 * The settings that the environment has, for what is not set yet.
 * `PGREQUIRESSL=0` and the like are checked as if they were in the connection string.
 */
export function fromEnvironment(env: NodeJS.ProcessEnv): Map<string, string> {
  const found = Object.entries(KEYWORDS).flatMap(([name, { env: variable }]) => {
    const value = variable === undefined ? undefined : env[variable];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return new Map(found);
}

/** @throws Failure `registry.bad_url` for what is not supported, with the reason */
export function refuseUnsupported(settings: ReadonlyMap<string, string>): void {
  for (const [name, value] of settings) {
    const reason = value === '' ? undefined : KEYWORDS[name]?.refuses?.(value);
    if (reason === undefined) continue;
    const variable = KEYWORDS[name]?.env;
    throw usageFailure(
      'registry.bad_url',
      `${name}=${value} of the connection to the registry is not supported: ${reason}`,
      `Change or remove it in the url${variable === undefined ? '' : `, the service or ${variable}`}.`,
    );
  }
}

/** For the test that holds the table against libpq's own list. */
export const keywordNames: readonly string[] = Object.keys(KEYWORDS);
