import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { MemoryCatalog, s3Environment, startTestS3, type TestS3Server } from '../support/s3.js';

/** A real S3 server, once with TLS and a certificate authority of its own, and a real proxy that wants a password. */
let s3: TestS3Server;
let tls: NetServer;
let proxy: Server;
let base: string;
let ca: string;
/** What the proxy was asked for. */
const asked: string[] = [];
const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-s3-settings-'));
  ca = join(base, 'ca.crt');
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: base, stdio: 'pipe' });
  const fresh = ['-days', '2', '-nodes', '-newkey', 'rsa:2048'];
  openssl('req', '-x509', ...fresh, '-subj', '/CN=lab ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl('req', ...fresh, '-subj', '/CN=store', '-keyout', 'server.key', '-out', 'server.csr');
  writeFileSync(join(base, 'san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...sign);

  const catalog = new MemoryCatalog();
  catalog.add('b/h/x-2026-01-01.tar.gz', { content: 'x' });
  s3 = await startTestS3({ buckets: { lab: catalog } });
  const files = { key: readFileSync(join(base, 'server.key')), cert: readFileSync(join(base, 'server.crt')) };
  tls = createTls(files, (client) => join2(client, connect(Number(new URL(s3.endpoint).port), '127.0.0.1')));
  proxy = createHttp((incoming, response) => {
    const url = new URL(incoming.url ?? '');
    asked.push(`${incoming.method} ${url.origin}`);
    if (incoming.headers['proxy-authorization'] !== LOGIN) return void response.writeHead(407).end();
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const onward = httpRequest(url, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  proxy.on('connect', (request, client: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    client.on('error', () => undefined);
    if (request.headers['proxy-authorization'] !== LOGIN) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1');
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    join2(client, onward);
  });
  for (const server of [tls, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterAll(async () => {
  tls.close();
  proxy.close();
  await s3.close();
  rmSync(base, { recursive: true, force: true });
});

const LOGIN = `Basic ${Buffer.from('user:s3cret').toString('base64')}`;

function join2(a: Socket, b: Socket): void {
  for (const one of [a, b]) one.on('error', () => undefined);
  a.pipe(b).pipe(a);
}

/** Settings in a profile only: nothing that the store needs is a flag or in salvor.yaml. */
function profile(lines: string): Record<string, string> {
  const file = join(base, 'config');
  writeFileSync(file, `[profile lab]\nregion = ${s3.region}\n${lines}`);
  const { AWS_ENDPOINT_URL: _, AWS_REGION: __, ...env } = s3Environment(s3);
  return { ...env, AWS_CONFIG_FILE: file, AWS_PROFILE: 'lab' };
}

async function doctor(env: Record<string, string>) {
  const file = join(base, 'salvor.yaml');
  writeFileSync(
    file,
    `registry: { url: "embedded:${join(base, 'registry')}" }\nbackups: [{ url: s3://lab/b/ }]\n`,
  );
  // The SDK keeps a settings file that it has read for as long as the process lives.
  const { stdout } = await salvor(['doctor', '--config', file, '--json'], { env, ownProcess: true });
  const { checks } = JSON.parse(stdout).summary as {
    checks: { name: string; state: string; message: string; fix?: string }[];
  };
  const named = (name: string) => checks.find((check) => check.name === `${name} s3://lab/b/`);
  return { settings: named('settings of'), backup: named('backups') };
}

describe('a store with TLS and its own certificate authority', () => {
  const place = (): string => `endpoint_url = https://localhost:${port(tls)}\n`;

  it('is refused, and the hint names the settings', async () => {
    const { backup } = await doctor(profile(place()));
    expect(backup).toMatchObject({ state: 'error', message: expect.stringContaining('store.tls') });
    expect(backup?.fix).toMatch(/AWS_CA_BUNDLE.*ca_bundle.*NODE_EXTRA_CA_CERTS/);
  });

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'ca_bundle',
      () => profile(`${place()}ca_bundle = ${ca}\n`),
      /certificates from .*ca\.crt \(profile lab in/,
    ],
    ['AWS_CA_BUNDLE', () => ({ ...profile(place()), AWS_CA_BUNDLE: ca }), /ca\.crt \(AWS_CA_BUNDLE\)/],
    [
      'NODE_EXTRA_CA_CERTS',
      () => ({ ...profile(place()), NODE_EXTRA_CA_CERTS: ca }),
      /additional certificates from .*ca\.crt \(NODE_EXTRA_CA_CERTS\)/,
    ],
    [
      'a services section',
      () => profile(`services = own\nca_bundle = ${ca}\n[services own]\ns3 =\n  ${place()}`),
      /\(services own of profile lab in/,
    ],
    [
      'AWS_ENDPOINT_URL_S3 and path style in the profile',
      () => ({
        ...profile(`ca_bundle = ${ca}\ns3 =\n  addressing_style = path\n`),
        AWS_ENDPOINT_URL_S3: `https://localhost:${port(tls)}`,
      }),
      /\(AWS_ENDPOINT_URL_S3\).*path style \(s3 addressing_style of profile lab/,
    ],
  ])('is listed by %s, and doctor says where each setting comes from', async (_name, env, words) => {
    const { settings, backup } = await doctor(env());
    expect(settings).toMatchObject({ state: 'ok', message: expect.stringMatching(words) });
    expect(backup).toMatchObject({ state: 'ok', message: 'can be listed' });
  });

  it('a missing bundle is refused before anything is sent', async () => {
    const { settings } = await doctor({ ...profile(place()), AWS_CA_BUNDLE: join(base, 'none.pem') });
    expect(settings).toMatchObject({
      state: 'error',
      message: expect.stringMatching(/store\.bad_settings.*none\.pem \(AWS_CA_BUNDLE\)/),
    });
  });
});

describe('a proxy', () => {
  const login = (): string => `http://user:s3cret@localhost:${port(proxy)}`;
  const secure = (more: Record<string, string>): Record<string, string> => ({
    ...profile(`endpoint_url = https://localhost:${port(tls)}\nca_bundle = ${ca}\n`),
    ...more,
  });
  const open = (more: Record<string, string>): Record<string, string> => ({
    ...profile(`endpoint_url = ${s3.endpoint}\n`),
    ...more,
  });

  it('tunnels TLS, and no password is shown', async () => {
    asked.length = 0;
    const { settings, backup } = await doctor(secure({ HTTPS_PROXY: login() }));
    expect(backup).toMatchObject({ state: 'ok' });
    expect(settings?.message).toContain(`proxy http://localhost:${port(proxy)} (HTTPS_PROXY)`);
    expect(settings?.message).not.toContain('s3cret');
    expect(asked).toEqual([`CONNECT localhost:${port(tls)}`]);
  });

  it('forwards plain HTTP', async () => {
    asked.length = 0;
    const { backup } = await doctor(open({ HTTP_PROXY: login() }));
    expect(backup).toMatchObject({ state: 'ok' });
    expect(asked).toEqual([`GET ${s3.endpoint}`]);
  });

  it('is not used if NO_PROXY names the host', async () => {
    asked.length = 0;
    const { settings, backup } = await doctor(secure({ HTTPS_PROXY: login(), NO_PROXY: 'localhost' }));
    expect([settings?.state, backup?.state]).toEqual(['ok', 'ok']);
    expect(settings?.message).toContain('no proxy');
    expect(asked).toEqual([]);
  });

  it.each([
    ['TLS', () => secure({ HTTPS_PROXY: `http://localhost:${port(proxy)}` }), 'HTTPS_PROXY'],
    ['plain HTTP', () => open({ HTTP_PROXY: `http://localhost:${port(proxy)}` }), 'HTTP_PROXY'],
  ])('that wants a password is named with the setting: %s', async (_name, env, variable) => {
    const { backup } = await doctor(env());
    expect(backup?.message).toMatch(
      new RegExp(`store\\.unavailable.*through the proxy.*\\(${variable}\\).*407`),
    );
    expect(backup?.fix).toContain('user:password@');
  });
});
