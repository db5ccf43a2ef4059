import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import { systemClock } from '../../src/core/clock.js';
import { Failure } from '../../src/core/failure.js';
import { fanOut } from '../../src/health/fan-out.js';
import type { HealthSink } from '../../src/health/sink.js';
import { ended, running } from './samples.js';

function listening(name: string): HealthSink & { heard: string[] } {
  const heard: string[] = [];
  return { name, heard, write: async (event) => void heard.push(event.status) };
}

function broken(name: string, write: HealthSink['write']): HealthSink {
  return { name, write };
}

describe('fanOut', () => {
  it('reaches every other sink when one is down, and names the one', async () => {
    const [first, last] = [listening('a'), listening('z')];
    const down = broken('table:x', async () => {
      throw new Failure('registry.unavailable', 'the server is gone', { hint: 'start it' });
    });
    const event = running();
    const failures = await fanOut([first, down, last]).write(event);
    expect([first.heard, last.heard]).toEqual([['running'], ['running']]);
    expect(failures.map(({ finding }) => finding)).toEqual([
      {
        code: 'health.sink_failed',
        severity: 'warning',
        subject: 'table:x',
        message: 'the health event "running" did not reach table:x: the server is gone',
        detail: {
          sink: 'table:x',
          code: 'registry.unavailable',
          event_status: 'running',
          event_id: event.eventId,
          hint: 'start it',
        },
      },
    ]);
  });

  it('handles a sink that throws synchronously, or throws something other than an Error', async () => {
    const heard = listening('a');
    const rude = broken('rude', () => {
      throw new TypeError('oops');
    });
    const odd = broken('odd', () => Promise.reject('just text'));
    const failures = await fanOut([rude, odd, heard]).write(ended());
    expect(failures.map(({ sink, failure }) => [sink, failure.code, failure.message])).toEqual([
      ['rude', 'internal.error', 'oops'],
      ['odd', 'internal.error', 'just text'],
    ]);
    expect(heard.heard).toEqual(['ok']);
  });

  it('tries a sink again that failed before', async () => {
    let tries = 0;
    const flaky = broken('flaky', async () => {
      tries += 1;
      if (tries === 1) throw new Error('not yet');
    });
    const out = fanOut([flaky]);
    expect(await out.write(running())).toHaveLength(1);
    expect(await out.write(ended())).toHaveLength(0);
  });

  it('abandons a sink that hangs', async () => {
    const impatient: Clock = { ...systemClock, sleep: async () => undefined };
    const heard = listening('a');
    const hanging = broken('hanging', () => new Promise(() => undefined));
    const failures = await fanOut([hanging, heard], impatient).write(ended());
    expect(failures.map(({ sink, failure }) => [sink, failure.code])).toContainEqual([
      'hanging',
      'health.sink_timeout',
    ]);
    expect(heard.heard).toEqual(['ok']);
  });

  it('reports nothing if all sinks succeed, or if there are none', async () => {
    expect(await fanOut([listening('a')]).write(running())).toEqual([]);
    expect(await fanOut([]).write(running())).toEqual([]);
  });
});
