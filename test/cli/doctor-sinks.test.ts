import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webhookChecks } from '../../src/cli/operate/doctor/sink-checks.js';

let server: Server;
let url: string;
let status: number;
let bodies: Record<string, unknown>[];
beforeEach(async () => {
  status = 204;
  bodies = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      bodies.push(JSON.parse(text));
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('doctor and the webhook', () => {
  it('sends it an event that cannot be mistaken for a run', async () => {
    const checks = await webhookChecks({ webhook: url });
    expect(checks).toMatchObject([
      { state: 'ok', message: expect.stringContaining('accepted a test event') },
    ]);
    expect(bodies).toMatchObject([{ check_name: 'test', status: 'ok', metrics: { test: true } }]);
    expect(JSON.stringify(checks)).not.toContain('secret-path');
  });

  it('says so when it is refused', async () => {
    status = 403;
    expect(await webhookChecks({ webhook: url })).toMatchObject([
      { name: 'webhook', state: 'error', message: expect.stringContaining('health.webhook_failed') },
    ]);
  });

  it('reports nothing if there is no webhook', async () => {
    expect(await webhookChecks({})).toEqual([]);
  });
});
