import { describe, expect, it } from 'vitest';
import { asFailure } from '../../src/cli/terminal/output.js';
import { version } from '../../src/cli/version.js';
import { Failure } from '../../src/core/failure.js';
import type { Claim, OpenWork, WorkerClient } from '../../src/queue/port.js';
import { WorkerLoop } from '../../src/queue/worker-loop.js';

const work: OpenWork = { queue: 'q', runId: 'r', job: 'test', options: null, needs: { version } };

/** A client that has one unit, and fails once before it gives it. */
function client(code: string): WorkerClient {
  const calls = [
    async () => {
      throw new Failure(code, 'not now');
    },
    async () => ({ ...work, unit: 0, about: 'all' }) as Claim,
  ];
  return {
    open: async () => [work],
    take: async () => calls.shift()?.(),
    refuse: async () => undefined,
    close: async () => undefined,
  };
}

async function run(code: string): Promise<{ said: string[]; done: number }> {
  const stop = new AbortController();
  const said: string[] = [];
  const handler = {
    job: 'test',
    lacks: async () => undefined,
    slot: () => ({
      work: async () => {
        stop.abort();
        return 'done' as const;
      },
      close: async () => undefined,
    }),
  };
  const loop = new WorkerLoop({
    client: client(code),
    handlers: [handler],
    stop: stop.signal,
    say: (message) => said.push(message),
    version,
    asFailure,
  });
  const counts = await loop.run(1);
  return { said, done: counts.units_done };
}

describe('a worker', () => {
  it.each([
    'registry.unavailable',
    'registry.timeout',
    'registry.conflict',
    'registry.disk_full',
    'registry.missing_database',
    'registry.missing_table',
  ])('that meets %s, which passes, waits and goes on', async (code) => {
    expect(await run(code)).toEqual({
      said: ['not now; retrying until it is reachable', 'the registry is reachable again'],
      done: 1,
    });
  });

  it.each(['registry.denied', 'registry.missing_column', 'registry.read_only'])(
    'ends with %s, which a person has to fix',
    async (code) => {
      await expect(run(code)).rejects.toMatchObject({ code });
    },
  );
});
