import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import type { LiveRun } from '../../src/dashboard/api/runs.js';
import { call } from './http.js';
import { insertRun } from './seed-runs.js';
import { buildWorld, serve, type World } from './world.js';

let world: World;
let opened: OpenedDashboard & { logged: string[] };

beforeEach(async () => {
  world = await buildWorld({ artifacts: 20, drift: 0, review: 0 });
  opened = await serve(world);
});
afterEach(async () => {
  await opened.close();
  await world.drop();
});

interface Stream {
  /** The runs of the next matching message. */
  next(fits: (runs: LiveRun[]) => boolean): Promise<LiveRun[]>;
  ended: Promise<void>;
  type: string | undefined;
  close(): void;
}

function follow(): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = get(`${opened.server.url}/api/events`, { agent: false }, (response) => {
      resolve(reader(response, () => request.destroy()));
    });
    request.on('error', reject);
  });
}

function reader(response: IncomingMessage, close: () => void): Stream {
  const messages: LiveRun[][] = [];
  let wake = (): void => undefined;
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (\{"runs".*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) messages.push((JSON.parse(data) as { runs: LiveRun[] }).runs);
    }
    wake();
  });
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  return {
    type: response.headers['content-type'],
    ended,
    close,
    next: async (fits) => {
      for (;;) {
        const message = messages.shift();
        if (message === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if (fits(message)) return message;
      }
    },
  };
}

it('starts with the running runs, and sends every change to all watchers', async () => {
  const first = await follow();
  expect(first.type).toBe('text/event-stream');
  const running = await first.next(() => true);
  expect(running.map(({ job, status }) => ({ job, status }))).toEqual([
    { job: 'checksums verify', status: 'running' },
  ]);
  const second = await follow();
  await second.next(() => true);

  const id = await insertRun(world.client, {
    job: 'listings verify',
    scope: 's3://new/',
    status: 'running',
    exitCode: null,
    startedAt: Date.now(),
    heartbeatAt: Date.now(),
  });
  const has = (runs: LiveRun[]): boolean => runs.some((run) => run.id === id);
  await Promise.all([first.next(has), second.next(has)]);

  await world.client.query(
    "insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, actor) values ($1, 'a', 'salvor.artifacts', 'checksum', '{}', '{}', 'x')",
    [id],
  );
  const changed = await first.next((runs) => runs.some((run) => run.changes > 0));
  expect(changed.find((run) => run.id === id)).toMatchObject({ changes: 1 });

  await world.client.query(
    "update salvor.runs set status = 'ok', exit_code = 0, finished_at = now() where id = $1",
    [id],
  );
  const done = await first.next((runs) => runs.some((run) => run.id === id && run.status === 'ok'));
  expect(done.find((run) => run.id === id)).toMatchObject({ exit_code: 0 });
  first.close();
  second.close();
});

it('a reconnecting client gets the complete state, so it misses nothing', async () => {
  const first = await follow();
  await first.next(() => true);
  first.close();
  await first.ended;
  const id = await insertRun(world.client, {
    job: 'recovery run',
    scope: 'x',
    status: 'running',
    exitCode: null,
    startedAt: Date.now(),
    heartbeatAt: Date.now(),
  });
  const again = await follow();
  await again.next((runs) => runs.some((run) => run.id === id));
  again.close();
});

it('accepts a hundred watchers, and HEAD requests do not count', async () => {
  const warned: Error[] = [];
  const warn = (warning: Error): void => void warned.push(warning);
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  for (let n = 0; n < 101; n += 1) {
    const head = await call(opened.server.url, { method: 'HEAD', path: '/api/events' });
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream']);
  }
  const streams = await Promise.all(Array.from({ length: 100 }, follow));
  for (const stream of streams) await stream.next(() => true);
  expect((await call(opened.server.url, { path: '/api/events' })).status).toBe(503);
  for (const stream of streams) stream.close();
  // Warnings are emitted in a later turn of the event loop.
  await new Promise(setImmediate);
  expect(warned).toEqual([]);
});

it('streams end when the dashboard stops', async () => {
  const stream = await follow();
  await stream.next(() => true);
  await opened.close();
  await stream.ended;
});
