import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { usageFailure } from '../../core/failure.js';
import { isConnectionString } from '../../registry/connection/parse.js';
import { writeStderr } from '../terminal/output.js';

/**
 * Which registry to use: `--registry`, `SALVOR_REGISTRY`, `registry.url`, else an embedded one in the state
 * directory. `DATABASE_URL` is never read: it belongs to some other application.
 * @throws Failure `usage.invalid` for a URL of another kind
 */
export function registryUrl(
  flag: string | undefined,
  configured: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (flag !== undefined) warnOfPassword(flag);
  const chosen = flag ?? (env.SALVOR_REGISTRY || undefined) ?? configured;
  if (chosen === undefined) return `embedded:${join(stateDirectory(env), 'registry')}`;
  if (chosen.startsWith('embedded:')) return `embedded:${resolve(chosen.slice('embedded:'.length))}`;
  if (isConnectionString(chosen)) return chosen;
  throw usageFailure('usage.invalid', 'the registry must be postgres://…, key=value pairs or embedded:DIR');
}

let hasWarned = false;

/** Warns about a password in the arguments, which every user of the host can read. */
function warnOfPassword(url: string): void {
  if (hasWarned || !/^postgres(?:ql)?:\/\/[^@/]*:[^@/]+@|[?&]password=|(?:^|\s)password\s*=/.test(url))
    return;
  hasWarned = true;
  writeStderr(
    'salvor: --registry contains a password, which every user of this host can see in the process list. Store it in ~/.pgpass (PGPASSFILE), the variable SALVOR_REGISTRY or the configuration file.',
  );
}

/**
 * The database for runs and findings: `state.url`, else the registry itself. A read-only registry requires `state.url`,
 * because it has none of Salvor's tables.
 * @throws Failure `usage.invalid`, `config.state_required`
 */
export function stateUrl(
  flag: string | undefined,
  config: {
    registry?: { url?: string | undefined; mode?: 'write' | 'readonly' | undefined } | undefined;
    state?: { url?: string | undefined } | undefined;
  },
): string {
  if (config.registry?.mode === 'readonly' && config.state?.url === undefined) {
    throw usageFailure(
      'config.state_required',
      'registry.mode is readonly, and no other database is configured for runs, findings and the journal',
      'Add state: { url: "embedded:/var/lib/salvor/state" } (or a postgres:// url) to salvor.yaml.',
    );
  }
  return config.state?.url === undefined
    ? registryUrl(flag, config.registry?.url)
    : registryUrl(undefined, config.state.url, {});
}

/** Salvor's state directory: systemd's StateDirectory, else the XDG directory. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const systemd = env.STATE_DIRECTORY?.split(':')[0];
  if (systemd) return systemd;
  const home = env.HOME || homedir();
  return join(env.XDG_STATE_HOME || join(home, '.local/state'), 'salvor');
}

/** Settings of every connection to the registry, and the table that its older entries belong to. */
export function registrySettings(config: {
  registry?: { table?: string | undefined; row_security?: 'refuse' | 'allow' | undefined } | undefined;
}): { rowSecurity: 'refuse' | 'allow'; artifactsTable: string } {
  return {
    rowSecurity: config.registry?.row_security ?? 'refuse',
    artifactsTable: config.registry?.table ?? 'artifacts',
  };
}
