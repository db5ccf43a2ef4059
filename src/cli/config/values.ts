import { resolve } from 'node:path';
import { usageFailure } from '../../core/failure.js';
import type { Config } from './schema.js';

/** Replaces `${NAME}` in every string by the environment variable. @throws Failure `config.environment` */
export function substituteEnvironment(
  value: unknown,
  env: NodeJS.ProcessEnv,
  file: string,
  path = '',
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined) {
        throw usageFailure('config.environment', `${file}: ${path.slice(1)}: \${${name}} is not set`);
      }
      return found;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, i) => substituteEnvironment(item, env, file, `${path}[${i}]`));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      substituteEnvironment(item, env, file, `${path}.${key}`),
    ]),
  );
}

/** Values in `over` take precedence. Objects are merged key by key; everything else, including lists, is replaced. */
export function mergeOver(under: unknown, over: unknown): unknown {
  if (!isPlain(under) || !isPlain(over)) return over === undefined ? under : over;
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) merged.set(key, mergeOver(merged.get(key), value));
  return Object.fromEntries(merged);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Relative paths are relative to the directory of the configuration file. */
export function absolutePaths(config: Config, directory: string): Config {
  const absolute = (path: string): string => resolve(directory, path);
  const embedded = (url: string): string =>
    url.startsWith('embedded:') ? `embedded:${absolute(url.slice('embedded:'.length))}` : url;
  const copy = structuredClone(config);
  if (copy.registry?.emit_sql !== undefined) copy.registry.emit_sql = absolute(copy.registry.emit_sql);
  if (copy.registry?.url !== undefined) copy.registry.url = embedded(copy.registry.url);
  if (copy.state?.url !== undefined) copy.state.url = embedded(copy.state.url);
  for (const root of copy.roots ?? []) root.path = absolute(root.path);
  for (const backup of copy.backups ?? []) {
    if (backup.allowlist !== undefined) backup.allowlist = absolute(backup.allowlist);
  }
  if (copy.recovery?.destination !== undefined)
    copy.recovery.destination = absolute(copy.recovery.destination);
  for (const source of copy.recovery?.sources ?? []) {
    if ('directory' in source) source.directory = absolute(source.directory);
    if ('git' in source) source.git = absolute(source.git);
  }
  if (copy.health?.url !== undefined) copy.health.url = embedded(copy.health.url);
  if (copy.health?.ndjson !== undefined) copy.health.ndjson = absolute(copy.health.ndjson);
  if (copy.health?.prometheus !== undefined) copy.health.prometheus = absolute(copy.health.prometheus);
  return copy;
}
