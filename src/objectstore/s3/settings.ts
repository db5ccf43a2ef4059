import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { Failure } from '../../core/failure.js';
import type { StoreOptions } from '../options.js';

/** A setting and its source, for `doctor`. */
export interface Setting<T> {
  readonly value: T;
  readonly from: string;
}

/** How to reach S3, without credentials. */
export interface S3Settings {
  /** Undefined: Amazon's endpoint. */
  readonly endpointUrl: Setting<string> | undefined;
  /** Undefined: not set. */
  readonly region: Setting<string> | undefined;
  readonly pathStyle: Setting<boolean>;
  /** A file of certificates that replace the authorities that Node.js trusts. */
  readonly caBundle: Setting<string> | undefined;
}

type Section = Readonly<Record<string, string | undefined>>;

/** A profile of the AWS configuration files, with a description of its source. */
interface Profile {
  readonly section: Section;
  /** The `s3` part of the `services` section that the profile names. */
  readonly service: Section;
  readonly from: string;
}

/**
 * Resolves the S3 settings: flags and salvor.yaml first, then environment variables, then the profile in
 * `~/.aws/config`. This is the order that the AWS CLI documents ("Configuration settings and precedence",
 * "Service-specific endpoints").
 * @throws Failure `store.bad_settings`
 */
export async function s3Settings(
  options: StoreOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<S3Settings> {
  const profile = await activeProfile(env);
  const endpointUrl = endpointOf(options, profile, env);
  return {
    endpointUrl,
    region: first([
      [options.region, 's3.region or --region'],
      [env.AWS_REGION, 'AWS_REGION'],
      [env.AWS_DEFAULT_REGION, 'AWS_DEFAULT_REGION'],
      [profile.section.region, profile.from],
    ]),
    pathStyle: pathStyleOf(options, profile, endpointUrl !== undefined),
    caBundle: first([
      [env.AWS_CA_BUNDLE, 'AWS_CA_BUNDLE'],
      [profile.section.ca_bundle, profile.from],
    ]),
  };
}

/** The first that is set and not empty. */
function first(choices: readonly (readonly [string | undefined, string])[]): Setting<string> | undefined {
  for (const [value, from] of choices) if (value !== undefined && value !== '') return { value, from };
  return undefined;
}

function endpointOf(
  options: StoreOptions,
  profile: Profile,
  env: NodeJS.ProcessEnv,
): Setting<string> | undefined {
  const ignores = first([
    [env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'],
    [profile.section.ignore_configured_endpoint_urls, profile.from],
  ]);
  const named = [options.endpointUrl, 's3.endpoint_url or --endpoint-url'] as const;
  const configured = [
    [env.AWS_ENDPOINT_URL_S3, 'AWS_ENDPOINT_URL_S3'],
    [env.AWS_ENDPOINT_URL, 'AWS_ENDPOINT_URL'],
    [profile.service.endpoint_url, `services ${profile.section.services} of ${profile.from}`],
    [profile.section.endpoint_url, profile.from],
  ] as const;
  const found = first(ignores?.value.toLowerCase() === 'true' ? [named] : [named, ...configured]);
  if (found === undefined) return undefined;
  const url = URL.canParse(found.value) ? new URL(found.value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '') return found;
  throw badSettings(`the endpoint url (${found.from}) is not an http:// or https:// url`, found.from);
}

function pathStyleOf(options: StoreOptions, profile: Profile, isNamed: boolean): Setting<boolean> {
  if (options.pathStyle !== undefined)
    return { value: options.pathStyle, from: 's3.path_style or --path-style' };
  const style = profile.section['s3.addressing_style'];
  switch (style) {
    case 'path':
    case 'virtual':
      return { value: style === 'path', from: `s3 addressing_style of ${profile.from}` };
    case undefined:
    case 'auto':
      return { value: isNamed, from: isNamed ? 'default for a custom endpoint' : 'default' };
    default:
      throw badSettings(`s3 addressing_style is ${style}; it must be path, virtual or auto`, profile.from);
  }
}

async function activeProfile(env: NodeJS.ProcessEnv): Promise<Profile> {
  const { loadSharedConfigFiles } = await import('@smithy/core/config');
  const config = env.AWS_CONFIG_FILE || '~/.aws/config';
  requireReadable(config, env);
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true }).catch(
    (error: unknown) => {
      throw badSettings(error instanceof Error ? error.message : String(error), config);
    },
  );
  const name = env.AWS_PROFILE || 'default';
  const from = `profile ${name} in ${config}`;
  const found = [configFile[name], credentialsFile[name]];
  if (env.AWS_PROFILE && found.every((section) => section === undefined)) {
    throw badSettings(
      `AWS_PROFILE is ${name}, and there is no such profile in ${config} or ${env.AWS_SHARED_CREDENTIALS_FILE || '~/.aws/credentials'}`,
      'AWS_PROFILE',
    );
  }
  const section: Section = { ...found[0], ...found[1] };
  if (section.services === undefined) return { section, service: {}, from };
  const services = configFile[`services.${section.services}`];
  if (services === undefined) {
    throw badSettings(`${from} names services = ${section.services}, and there is no such section`, config);
  }
  return { section, service: { endpoint_url: services['s3.endpoint_url'] }, from };
}

/** The SDK treats an unreadable file as missing, which would silently change the endpoint. */
function requireReadable(file: string, env: NodeJS.ProcessEnv): void {
  try {
    accessSync(file.replace(/^~/, env.HOME ?? homedir()), constants.R_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw badSettings(`${file} cannot be read: ${message}`, file);
  }
}

/** The failure for an invalid setting, thrown before anything is sent. */
export function badSettings(message: string, where: string): Failure {
  return new Failure('store.bad_settings', message, { hint: `correct ${where}`, exitCode: 2 });
}
