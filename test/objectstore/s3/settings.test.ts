import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endpointOf } from '../../../src/objectstore/endpoint.js';
import type { StoreOptions } from '../../../src/objectstore/options.js';
import { proxyFor } from '../../../src/objectstore/s3/proxy.js';
import { s3Settings } from '../../../src/objectstore/s3/settings.js';

const base = mkdtempSync(join(tmpdir(), 'salvor-aws-'));
const config = join(base, 'config');
const credentials = join(base, 'credentials');
beforeAll(() => {
  writeFileSync(
    config,
    `[default]
region = eu-default-1
[profile lab]
region = eu-lab-1
endpoint_url = https://profile.example
ca_bundle = /lab/ca.pem
s3 =
  addressing_style = virtual
  max_concurrent_requests = 20
[profile served]
services = own
endpoint_url = https://profile.example
s3 =
    addressing_style = auto
[services own]
s3 =
  endpoint_url = https://service.example:9000
dynamodb =
  endpoint_url = https://dynamodb.example
[profile lost]
services = none
[profile odd]
s3 =
  addressing_style = sideways
[profile ignoring]
endpoint_url = https://profile.example
ignore_configured_endpoint_urls = true
`,
  );
  writeFileSync(credentials, '[keys]\naws_access_key_id = A\naws_secret_access_key = B\n');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

const FILES = { HOME: '/nonexistent', AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials };

/** The variables that the SDK reads itself are those of the process. */
async function read(
  env: Record<string, string>,
  options: StoreOptions = {},
): Promise<Record<string, string>> {
  for (const [name, value] of Object.entries(FILES)) vi.stubEnv(name, value);
  const { endpointUrl, region, pathStyle, caBundle } = await s3Settings(options, { ...FILES, ...env });
  const shown = { endpointUrl, region, pathStyle, caBundle };
  return Object.fromEntries(
    Object.entries(shown).flatMap(([name, found]) =>
      found === undefined ? [] : [[name, `${found.value} <${found.from.replace(config, 'FILE')}>`]],
    ),
  );
}

describe('the order of the AWS CLI', () => {
  const VARIABLES = { AWS_ENDPOINT_URL_S3: 'http://s3-variable', AWS_ENDPOINT_URL: 'http://variable' };

  it.each<[string, Record<string, string>, StoreOptions, string | undefined]>([
    [
      'the flag',
      { ...VARIABLES, AWS_PROFILE: 'served' },
      { endpointUrl: 'http://flag' },
      'http://flag <s3.endpoint_url or --endpoint-url>',
    ],
    [
      'AWS_ENDPOINT_URL_S3',
      { ...VARIABLES, AWS_PROFILE: 'served' },
      {},
      'http://s3-variable <AWS_ENDPOINT_URL_S3>',
    ],
    [
      'AWS_ENDPOINT_URL',
      { AWS_ENDPOINT_URL: 'http://variable', AWS_PROFILE: 'served' },
      {},
      'http://variable <AWS_ENDPOINT_URL>',
    ],
    [
      'the services section',
      { AWS_PROFILE: 'served' },
      {},
      'https://service.example:9000 <services own of profile served in FILE>',
    ],
    ['the profile', { AWS_PROFILE: 'lab' }, {}, 'https://profile.example <profile lab in FILE>'],
    ['nothing', {}, {}, undefined],
    ['nothing, where they are ignored', { AWS_PROFILE: 'ignoring' }, {}, undefined],
    [
      'the flag, where the others are ignored',
      { ...VARIABLES, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      { endpointUrl: 'http://flag' },
      'http://flag <s3.endpoint_url or --endpoint-url>',
    ],
  ])('endpoint: %s', async (_name, env, options, expected) => {
    expect((await read(env, options)).endpointUrl).toBe(expected);
  });

  it.each<[string, Record<string, string>, StoreOptions, string]>([
    ['flag', { AWS_REGION: 'a', AWS_DEFAULT_REGION: 'b' }, { region: 'f' }, 'f <s3.region or --region>'],
    ['AWS_REGION', { AWS_REGION: 'a', AWS_DEFAULT_REGION: 'b', AWS_PROFILE: 'lab' }, {}, 'a <AWS_REGION>'],
    ['AWS_DEFAULT_REGION', { AWS_DEFAULT_REGION: 'b', AWS_PROFILE: 'lab' }, {}, 'b <AWS_DEFAULT_REGION>'],
    ['profile', { AWS_PROFILE: 'lab' }, {}, 'eu-lab-1 <profile lab in FILE>'],
    ['default profile', {}, {}, 'eu-default-1 <profile default in FILE>'],
  ])('region: %s', async (_name, env, options, expected) => {
    expect((await read(env, options)).region).toBe(expected);
  });

  it.each<[string, Record<string, string>, StoreOptions, string]>([
    ['flag', { AWS_PROFILE: 'lab' }, { pathStyle: true }, 'true <s3.path_style or --path-style>'],
    ['profile', { AWS_PROFILE: 'lab' }, {}, 'false <s3 addressing_style of profile lab in FILE>'],
    ['auto with an endpoint', { AWS_PROFILE: 'served' }, {}, 'true <default for a custom endpoint>'],
    ['default', {}, {}, 'false <default>'],
  ])('addressing style: %s', async (_name, env, options, expected) => {
    expect((await read(env, options)).pathStyle).toBe(expected);
  });

  it('certificates: AWS_CA_BUNDLE before ca_bundle', async () => {
    expect((await read({ AWS_PROFILE: 'lab' })).caBundle).toBe('/lab/ca.pem <profile lab in FILE>');
    expect((await read({ AWS_PROFILE: 'lab', AWS_CA_BUNDLE: '/e.pem' })).caBundle).toBe(
      '/e.pem <AWS_CA_BUNDLE>',
    );
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a profile that is nowhere', { AWS_PROFILE: 'none' }, /AWS_PROFILE is none/],
    ['a services section that is not there', { AWS_PROFILE: 'lost' }, /services = none/],
    ['an unknown addressing style', { AWS_PROFILE: 'odd' }, /sideways.*path, virtual or auto/],
    ['an endpoint that is no url', { AWS_ENDPOINT_URL: 'minio:9000' }, /AWS_ENDPOINT_URL.*http/],
  ])('%s is refused', async (_name, env, message) => {
    await expect(read(env)).rejects.toMatchObject({
      code: 'store.bad_settings',
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it('a profile that has only credentials is accepted', async () => {
    expect(await read({ AWS_PROFILE: 'keys' })).toEqual({ pathStyle: 'false <default>' });
  });

  it('an unreadable file is not treated as a missing file', async () => {
    const closed = join(base, 'closed');
    writeFileSync(closed, '[default]\n');
    chmodSync(closed, 0o000);
    const answer = read({ AWS_CONFIG_FILE: process.getuid?.() === 0 ? join(base, 'closed', 'x') : closed });
    // Root may read everything; a path through a file is as if there were none.
    if (process.getuid?.() === 0) await expect(answer).resolves.toBeDefined();
    else await expect(answer).rejects.toMatchObject({ code: 'store.bad_settings' });
  });
});

it('the endpoint of the profile is part of the identity of a store, as a flag is', async () => {
  for (const [name, value] of Object.entries(FILES)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_PROFILE', 'served');
  vi.stubEnv('AWS_REGION', 'r');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  expect(await endpointOf('s3://bucket/x/', {})).toEqual({
    endpoint: 'https://service.example:9000',
    region: 'r',
  });
  vi.unstubAllEnvs();
});

describe('the proxy for an address', () => {
  const HTTPS = { HTTPS_PROXY: 'http://user:s3cret@proxy:3128' };
  it.each<[string, Record<string, string>, string | undefined]>([
    ['https://s3.example/', HTTPS, 'http://proxy:3128 HTTPS_PROXY'],
    ['http://s3.example/', HTTPS, undefined],
    ['http://s3.example/', { http_proxy: 'proxy:3128' }, 'http://proxy:3128 http_proxy'],
    ['https://s3.example/', { ...HTTPS, https_proxy: 'http://small:1' }, 'http://small:1 https_proxy'],
    ['https://s3.example/', { ALL_PROXY: 'https://all' }, 'https://all ALL_PROXY'],
    ['https://s3.example/', { ...HTTPS, NO_PROXY: 'example' }, undefined],
    ['https://s3.example/', { ...HTTPS, NO_PROXY: '.example' }, undefined],
    ['https://s3.example/', { ...HTTPS, NO_PROXY: 'a, *.example' }, undefined],
    ['https://example/', { ...HTTPS, NO_PROXY: '.example' }, undefined],
    ['https://badexample/', { ...HTTPS, NO_PROXY: 'example' }, 'http://proxy:3128 HTTPS_PROXY'],
    ['https://s3.example/', { ...HTTPS, NO_PROXY: '*' }, undefined],
    ['https://s3.example:9000/', { ...HTTPS, NO_PROXY: 's3.example:9000' }, undefined],
    ['https://s3.example/', { ...HTTPS, NO_PROXY: 's3.example:9000' }, 'http://proxy:3128 HTTPS_PROXY'],
    ['https://10.1.2.3/', { ...HTTPS, no_proxy: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3/', { ...HTTPS, no_proxy: '10.0.0.0/8' }, 'http://proxy:3128 HTTPS_PROXY'],
    ['https://[fd00::1]:9000/', { ...HTTPS, no_proxy: '[fd00::1]:9000' }, undefined],
    ['https://[fd00::1]/', { ...HTTPS, no_proxy: 'fd00::/8' }, undefined],
  ])('%s with %j: %s', (url, env, expected) => {
    const found = proxyFor(new URL(url), env);
    expect(found === undefined ? undefined : `${found.origin} ${found.from}`).toBe(expected);
  });

  it('SOCKS is refused, not ignored', () => {
    expect(() => proxyFor(new URL('https://h/'), { ALL_PROXY: 'socks5://p:1' })).toThrowError(
      expect.objectContaining({ code: 'store.bad_settings', message: expect.stringContaining('SOCKS') }),
    );
  });
});
