import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { type Failure, usageFailure } from '../../core/failure.js';

/** One way to connect: encrypted with these options, or not encrypted. */
export type Encryption = ConnectionOptions | false;

/** Where systems keep the certificates of the authorities that they trust. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The ways to connect, in the order in which libpq tries them: `prefer` (the default) is encrypted, else not; `allow`
 * the other way round. Source: PostgreSQL's manual, chapter "SSL Support".
 * @throws Failure `registry.bad_url`
 */
export function encryptionsOf(
  settings: ReadonlyMap<string, string>,
  host: string,
  env: NodeJS.ProcessEnv,
): Encryption[] {
  const fromSystem = settings.get('sslrootcert') === 'system';
  const mode = settings.get('sslmode') ?? (fromSystem ? 'verify-full' : 'prefer');
  if (fromSystem && mode !== 'verify-full') {
    throw badTls(
      `sslrootcert=system needs sslmode=verify-full, and sslmode is ${mode}`,
      'Change one of them.',
    );
  }
  if (settings.get('sslnegotiation') === 'direct' && !/^(require|verify)/.test(mode)) {
    throw badTls(`sslnegotiation=direct needs sslmode=require or stricter`, 'Change one of them.');
  }
  // A Unix socket is never encrypted.
  if (host.startsWith('/') || mode === 'disable') return [false];
  const encrypted = optionsOf(settings, mode, env);
  if (mode === 'prefer') return [encrypted, false];
  return mode === 'allow' ? [false, encrypted] : [encrypted];
}

function optionsOf(
  settings: ReadonlyMap<string, string>,
  mode: string,
  env: NodeJS.ProcessEnv,
): ConnectionOptions {
  const own = (name: string): string => join(env.HOME ?? homedir(), '.postgresql', name);
  const ca = rootsOf(settings.get('sslrootcert'), mode, own('root.crt'), env);
  const verifies = ca !== undefined || mode === 'verify-full';
  return {
    rejectUnauthorized: verifies,
    ...(ca === undefined ? {} : { ca }),
    // The chain is verified, the name only where that was asked for.
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...clientCertificate(settings, own),
    ...(settings.get('sslcrl') === undefined
      ? {}
      : { crl: contentOf(settings.get('sslcrl') ?? '', 'sslcrl') }),
    minVersion: (settings.get('ssl_min_protocol_version') ?? 'TLSv1.2') as SecureVersion,
    ...(settings.has('ssl_max_protocol_version')
      ? { maxVersion: settings.get('ssl_max_protocol_version') as SecureVersion }
      : {}),
  };
}

/** Undefined: nothing is verified, or `verify-full` goes by the authorities that Node.js trusts. */
function rootsOf(
  named: string | undefined,
  mode: string,
  ownFile: string,
  env: NodeJS.ProcessEnv,
): string[] | undefined {
  if (named !== undefined && named !== 'system') return [contentOf(named, 'sslrootcert')];
  if (named === undefined && existsSync(ownFile)) return [contentOf(ownFile, 'sslrootcert')];
  if (mode === 'verify-ca') {
    throw badTls(
      `sslmode=verify-ca needs a certificate authority, and there is no ${ownFile}`,
      'Name its certificate with sslrootcert=FILE, or use sslmode=verify-full, which trusts the authorities of the system.',
    );
  }
  if (mode !== 'verify-full') return undefined;
  const system = env.SSL_CERT_FILE || SYSTEM_ROOTS.find((file) => existsSync(file));
  if (system === undefined) return undefined;
  const files = env.NODE_EXTRA_CA_CERTS ? [system, env.NODE_EXTRA_CA_CERTS] : [system];
  return files.map((file) => contentOf(file, 'sslrootcert'));
}

function clientCertificate(
  settings: ReadonlyMap<string, string>,
  own: (name: string) => string,
): ConnectionOptions {
  if (settings.get('sslcertmode') === 'disable') return {};
  const certFile = settings.get('sslcert') ?? own('postgresql.crt');
  if (!settings.has('sslcert') && !existsSync(certFile)) return {};
  const keyFile = settings.get('sslkey') ?? own('postgresql.key');
  const key = contentOf(keyFile, 'sslkey');
  refuseSharedKey(keyFile);
  const passphrase = settings.get('sslpassword');
  return { cert: contentOf(certFile, 'sslcert'), key, ...(passphrase === undefined ? {} : { passphrase }) };
}

/** As libpq does: only the owner may read a key, or root's group one of root's. */
function refuseSharedKey(file: string): void {
  const { mode, uid } = statSync(file);
  if ((mode & (uid === 0 ? 0o027 : 0o077)) === 0) return;
  throw badTls(`private key ${file} may be read by other users`, `Run \`chmod 600 ${file}\`.`);
}

function contentOf(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badTls(
      `${file} (${setting}) cannot be read: ${(error as Error).message}`,
      `Correct ${setting}, or make the file readable for this account.`,
    );
  }
}

function badTls(message: string, hint: string): Failure {
  return usageFailure('registry.bad_url', message, hint);
}
