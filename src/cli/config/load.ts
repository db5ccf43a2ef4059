import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { usageFailure } from '../../core/failure.js';
import { writeStderr } from '../terminal/output.js';
import { explainIssues } from './explain.js';
import { profiles } from './profiles.js';
import { type Config, configSchema } from './schema.js';
import { callerOf, trustedPath } from './trust.js';
import { absolutePaths, mergeOver, substituteEnvironment } from './values.js';

/** A validated configuration and where it came from. */
export interface LoadedConfig {
  /** Absolute; undefined when no file was found and the defaults apply. */
  file: string | undefined;
  config: Config;
}

/** A salvor.yaml has a few kilobytes; a larger file is something else. */
const MAX_CONFIG_BYTES = 1 << 20;

/**
 * Reads the configuration: `explicit`, else `./salvor.yaml`, `$XDG_CONFIG_HOME/salvor/salvor.yaml`,
 * `/etc/salvor/salvor.yaml`, else nothing. Touches nothing else.
 * @throws Failure `config.*`, exit 2
 */
export function loadConfig(explicit: string | undefined, env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const file =
    explicit === undefined ? defaultFiles(env).find((path) => existsSync(path)) : resolve(explicit);
  if (file === undefined) return { file, config: {} };
  const config = parseConfig(readConfigFile(file, env), file, env);
  if (explicit === undefined && file === resolve('salvor.yaml')) nameFound(file);
  return { file, config };
}

function defaultFiles(env: NodeJS.ProcessEnv): string[] {
  const xdg = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return [resolve('salvor.yaml'), join(xdg, 'salvor/salvor.yaml'), '/etc/salvor/salvor.yaml'];
}

function readConfigFile(file: string, env: NodeJS.ProcessEnv): string {
  try {
    const real = trustedPath(file, callerOf(env));
    const stat = statSync(real);
    if (!stat.isFile() || stat.size > MAX_CONFIG_BYTES) {
      throw usageFailure('config.unreadable', `${file} is not a configuration file`);
    }
    return readFileSync(real, 'utf8');
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw usageFailure('config.unreadable', `${file}: ${error.message}`, 'pass an existing file to --config');
  }
}

let isNamed = false;

/** Names the file if it was found in the working directory, where the user may not expect it. */
function nameFound(file: string): void {
  if (isNamed || process.argv.includes('--quiet')) return;
  isNamed = true;
  writeStderr(`salvor: using ${file}, found in the working directory`);
}

/** Text to configuration: YAML, environment, profile, validation, absolute paths, in this order. */
export function parseConfig(text: string, file: string, env: NodeJS.ProcessEnv): Config {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const broken = document.errors[0];
  if (broken)
    throw usageFailure('config.syntax', `${file}: ${broken.message.split('\n')[0]?.replace(/:$/, '')}`);
  const values = substituteEnvironment(plainOf(document, file), env, file);
  const result = configSchema.safeParse(mergeOver(profileOf(values, file), values));
  if (!result.success) {
    throw usageFailure('config.invalid', `${file}: ${explainIssues(result.error.issues).join('; ')}`);
  }
  return absolutePaths(result.data, dirname(file));
}

function plainOf(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    requireFinite(value, file, []);
    return value;
  } catch (error) {
    // Nested aliases that would fill the memory, or deeper nesting than any configuration needs.
    if (!(error instanceof ReferenceError) && !(error instanceof RangeError)) throw error;
    throw usageFailure('config.syntax', `${file}: ${error.message}`);
  }
}

/** Deeper than any key of the schema. */
const MAX_DEPTH = 50;

/** @throws Failure `config.syntax` for an alias that refers to itself */
function requireFinite(value: unknown, file: string, above: readonly unknown[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (above.includes(value)) throw usageFailure('config.syntax', `${file}: an alias refers to itself`);
  if (above.length >= MAX_DEPTH) {
    throw usageFailure('config.syntax', `${file}: values are nested more than ${MAX_DEPTH} deep`);
  }
  for (const item of Object.values(value)) requireFinite(item, file, [...above, value]);
}

function profileOf(values: unknown, file: string): unknown {
  const name =
    typeof values === 'object' && values !== null ? (values as { profile?: unknown }).profile : undefined;
  if (name === undefined) return {};
  const profile = typeof name === 'string' && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) {
    const known = Object.keys(profiles).join(', ');
    throw usageFailure(
      'config.profile',
      `${file}: unknown profile ${JSON.stringify(name)}`,
      `known profiles: ${known}`,
    );
  }
  return profile;
}
