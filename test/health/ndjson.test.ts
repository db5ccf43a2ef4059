import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healthEventJson } from '../../src/health/event.js';
import { ndjsonSink } from '../../src/health/ndjson.js';
import { ended, running } from './samples.js';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-ndjson-'));
  file = join(directory, 'events.ndjson');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function lines(): unknown[] {
  const text = readFileSync(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('ndjsonSink', () => {
  it('appends one line of JSON per event, to a file that others cannot read', async () => {
    const events = [running(), ended({ summary: { note: 'line\nbreak \u2028' } })];
    for (const event of events) await ndjsonSink(file).write(event);
    expect(lines()).toEqual(events.map(healthEventJson));
    expect(statSync(file).mode & 0o777 & ~0o640).toBe(0);
  });

  it('ends a line that a crash cut short before it writes the next', async () => {
    const event = running();
    writeFileSync(file, '{"event_id":"half');
    await ndjsonSink(file).write(event);
    const [half, whole] = readFileSync(file, 'utf8').split('\n');
    expect(half).toBe('{"event_id":"half');
    expect(JSON.parse(whole ?? '')).toEqual(healthEventJson(event));
  });

  it('keeps all lines whole when many write at once', async () => {
    const events = Array.from({ length: 50 }, () => ended({ summary: { long: 'x'.repeat(10_000) } }));
    await Promise.all(events.map((event) => ndjsonSink(file).write(event)));
    const written = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const ids = written.map((line) => (JSON.parse(line) as { event_id: string }).event_id);
    expect(ids.sort()).toEqual(events.map((event) => event.eventId).sort());
  });

  it('follows a file that was rotated away', async () => {
    const sink = ndjsonSink(file);
    await sink.write(running());
    rmSync(file);
    await sink.write(ended());
    expect(lines()).toHaveLength(1);
  });

  it('names the file that cannot be written', async () => {
    const nowhere = join(directory, 'missing', 'events.ndjson');
    await expect(ndjsonSink(nowhere).write(running())).rejects.toMatchObject({
      code: 'health.file_unwritable',
      message: expect.stringContaining(nowhere),
      hint: expect.stringContaining(join(directory, 'missing')),
    });
  });

  it('refuses a directory, and a FIFO without waiting for its reader', async () => {
    mkdirSync(file);
    await expect(ndjsonSink(file).write(running())).rejects.toMatchObject({ code: 'health.file_unwritable' });
    const fifo = join(directory, 'fifo');
    expect(spawnSync('sh', ['-c', 'mkfifo "$0"', fifo]).status).toBe(0);
    await expect(ndjsonSink(fifo).write(running())).rejects.toMatchObject({ code: 'health.file_unwritable' });
  });
});
