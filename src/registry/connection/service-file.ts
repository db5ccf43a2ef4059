import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Failure, usageFailure } from '../../core/failure.js';
import { requireKeyword } from './keywords.js';

/** Debian's libpq is built with the first, Red Hat's with the second. */
const SYSTEM_DIRECTORIES = ['/etc/postgresql-common', '/etc/sysconfig/pgsql', '/etc'];

/**
 * The parameters of a service. The user's file (`servicefile`, `PGSERVICEFILE`, else `~/.pg_service.conf`) comes first;
 * the system's (`PGSYSCONFDIR`) is asked for what that file does not have.
 * Source: PostgreSQL's manual, section "The Connection Service File".
 * @throws Failure `registry.bad_url`
 */
export function serviceSettings(
  service: string,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Map<string, string> {
  const own = named ?? join(env.HOME ?? homedir(), '.pg_service.conf');
  const directories = env.PGSYSCONFDIR ? [env.PGSYSCONFDIR] : SYSTEM_DIRECTORIES;
  const files = [own, ...directories.map((directory) => join(directory, 'pg_service.conf'))];
  for (const file of files) {
    const text = contentOf(file, file === named);
    const found = text === undefined ? undefined : section(text, service, file);
    if (found !== undefined) return found;
  }
  throw usageFailure(
    'registry.bad_url',
    `service ${service} of the connection to the registry is defined in none of ${files.join(', ')}`,
    'Add a section with this name to one of the files, or correct service= or PGSERVICE.',
  );
}

function contentOf(file: string, isNamed: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isAbsent && !isNamed) return undefined;
    throw usageFailure(
      'registry.bad_url',
      `service file ${file} cannot be read: ${(error as Error).message}`,
      'Make it readable for this account, or correct PGSERVICEFILE.',
    );
  }
}

/** The first section of that name; undefined where the file has none. */
function section(text: string, service: string, file: string): Map<string, string> | undefined {
  let found: Map<string, string> | undefined;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found !== undefined) return found;
      if (line === `[${service}]`) found = new Map();
    } else if (found !== undefined) {
      addTo(found, line, `${file}, line ${i + 1}`);
    }
  }
  return found;
}

function addTo(settings: Map<string, string>, line: string, place: string): void {
  if (line.startsWith('ldap')) throw badLine(place, 'services are not looked up by LDAP');
  const equals = line.indexOf('=');
  if (equals < 0) throw badLine(place, 'it is not written name=value');
  const name = line.slice(0, equals);
  if (name === 'service' || name === 'servicefile') throw badLine(place, 'a service cannot name a service');
  requireKeyword(name, place);
  if (!settings.has(name)) settings.set(name, line.slice(equals + 1));
}

function badLine(place: string, reason: string): Failure {
  return usageFailure('registry.bad_url', `${place} cannot be used: ${reason}`, 'Correct the service file.');
}
