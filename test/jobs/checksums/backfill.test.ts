import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './support.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('backfilling checksums', () => {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld();
  });
  afterEach(() => world.close());

  it('adds the three keys to the metadata, journals the change, and skips the row afterwards', async () => {
    await world.file('a/data.csv', 'hello');
    await world.row('1', 'a/data.csv', '{"n": 12345678901234567890, "v": 1.0}');
    const before = Date.now();
    const { outcome, findings } = await world.backfill();
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(outcome.summary).toMatchObject({
      rows_scanned: 1,
      rows_updated: 1,
      bytes_hashed: 5,
      rows_remaining: 0,
    });
    const text = (await world.metadata('1')) ?? '';
    const { file_sha256_computed_at: at, ...rest } = JSON.parse(text);
    expect(text).toContain('"n": 12345678901234567890');
    expect(text).toContain('"v": 1.0');
    expect(rest).toMatchObject({ file_sha256: sha256('hello'), file_size_bytes: 5 });
    expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
    expect(await world.journal.log({})).toMatchObject([
      { artifactId: '1', action: 'checksum', actor: 'test', before: '{"metadata":{}}', undoneBy: null },
    ]);
    const again = await world.backfill();
    expect(again.outcome.summary).toMatchObject({ rows_scanned: 0, rows_already_done: 1, bytes_hashed: 0 });
  });
});
