import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { healthEventJson } from '../../src/health/event.js';
import { webhookSink } from '../../src/health/webhook.js';
import { ended, running } from './samples.js';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Answers with the given statuses in turn, the last for ever; `break` breaks the connection, `hang` never answers. */
async function receiver(...answers: (number | 'break' | 'hang')[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const answer = answers[Math.min(received.length, answers.length) - 1] ?? 204;
      if (answer === 'hang') return;
      if (typeof answer !== 'number') request.socket.destroy();
      else response.writeHead(answer, { location: '/elsewhere' }).end('thanks');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { received, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/hook?token=hush` };
}

const pauses: number[] = [];
const clock: Clock = { ...systemClock, sleep: async (ms) => void pauses.push(ms) };

describe('webhookSink', () => {
  it('posts the event as JSON, signed with the secret, which it does not send', async () => {
    const { received, url } = await receiver(200);
    const event = ended();
    await webhookSink({ url, secret: 'pssst', clock }).write(event);
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = received;
    expect(path).toBe('/hook?token=hush');
    expect(JSON.parse(body)).toEqual(healthEventJson(event));
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': event.eventId,
      'x-salvor-signature': `sha256=${createHmac('sha256', 'pssst').update(body).digest('hex')}`,
    });
    expect(JSON.stringify(headers)).not.toContain('pssst');
  });

  it.each([408, 429, 500, 503, 'break' as const])(
    'tries again after %j, and is content when it is taken then',
    async (answer) => {
      const { received, url } = await receiver(answer, 204);
      await webhookSink({ url, clock }).write(running());
      expect(received).toHaveLength(2);
      expect(received[0]?.headers['idempotency-key']).toBe(received[1]?.headers['idempotency-key']);
    },
  );

  it('gives up after three attempts, with growing pauses', async () => {
    pauses.length = 0;
    const { received, url } = await receiver(503);
    await expect(webhookSink({ url, clock }).write(running())).rejects.toMatchObject({
      code: 'health.webhook_failed',
      message: 'it responded with 503 (3 attempts)',
    });
    expect(received).toHaveLength(3);
    expect(pauses).toEqual([500, 1000]);
  });

  it.each([301, 307, 400, 401, 404])(
    'takes %i for an answer at once, and follows it nowhere',
    async (status) => {
      const { received, url } = await receiver(status);
      await expect(webhookSink({ url, clock }).write(running())).rejects.toMatchObject({
        message: `it responded with ${status}`,
      });
      expect(received).toHaveLength(1);
    },
  );

  it('does not wait forever', async () => {
    const { url } = await receiver('hang');
    await expect(webhookSink({ url, clock, timeoutMs: 50 }).write(running())).rejects.toMatchObject({
      message: 'no response within 0.05 s (3 attempts)',
    });
  });

  it('sends the login in the URL as an Authorization header', async () => {
    const { received, host } = await receiver(200);
    await webhookSink({ url: `http://us%20er:pa%3Ass@${host}/`, clock }).write(running());
    const expected = `Basic ${Buffer.from('us er:pa:ss').toString('base64')}`;
    expect(received[0]?.headers.authorization).toBe(expected);
  });

  it('reveals neither the path, the query, the login nor the secret', async () => {
    const { host } = await receiver(404);
    const secrets = ['hook-path', 'hush', 'user', 'pssst'];
    const sink = webhookSink({ url: `http://user:hush@${host}/hook-path?t=hush`, secret: 'pssst', clock });
    const thrown: unknown = await sink.write(running()).catch((error: unknown) => error);
    const said = JSON.stringify([sink.name, thrown, String(thrown), (thrown as { hint?: string }).hint]);
    for (const secret of secrets) expect(said).not.toContain(secret);
    expect(sink.name).toBe(`webhook:http://${host}`);
  });

  it('says why the host could not be reached', async () => {
    const { url } = await receiver(200);
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    await expect(webhookSink({ url, clock }).write(running())).rejects.toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each(['ftp://host/', 'not a url', 'file:///etc/passwd', 'http://me:100%@host/'])(
    'refuses %j before anything is sent',
    (url) => {
      expect(() => webhookSink({ url })).toThrowError(/not an http or https url/);
    },
  );
});
