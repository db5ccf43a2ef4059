import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
const EMPTY_LISTING =
  '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';

let directory: string;
let certificate: string;
let server: Server;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-tls-'));
  certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  const subject = ['-subj', '/CN=store', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_request, response) =>
    response.end(EMPTY_LISTING),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function verify(env: Record<string, string>) {
  const { port } = server.address() as AddressInfo;
  const place = ['--endpoint-url', `https://127.0.0.1:${port}`, '--region', 'us-east-1', '--path-style'];
  return salvor(['listings', 'verify', 's3://bucket/b/', ...place, '--no-registry', '--json'], {
    env: { ...CREDENTIALS, ...env },
  });
}

it('a store with an untrusted certificate is refused, and the hint says how to trust it', async () => {
  const refused = await verify({});
  expect({ code: refused.code, error: JSON.parse(refused.stdout).error }).toEqual({
    code: 3,
    error: {
      code: 'store.tls',
      message: expect.stringContaining('self-signed certificate'),
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    },
  });
  const known = await verify({ NODE_EXTRA_CA_CERTS: certificate });
  expect(JSON.parse(known.stdout).error.code).toBe('listings.empty_prefix');
});
