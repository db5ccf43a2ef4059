import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './support.js';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const PATHS = ['s3://bucket/data.csv', 'doi:10.1/x', 'C:\\data\\x.csv', '\\\\server\\share\\x.csv'];

describe('a file_path that is not a path below a root', () => {
  it('is counted and reported as information, and fails no run', async () => {
    for (const [i, path] of PATHS.entries()) await world.row(String(i), path);
    await world.file('a', 'content');
    await world.row('a', 'a');
    const { outcome, findings } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_elsewhere: 4, rows_updated: 1 } });
    expect(findings.map(({ code, severity, subject }) => ({ code, severity, subject }))).toEqual(
      PATHS.map((_, i) => ({ code: 'file.elsewhere', severity: 'info', subject: String(i) })),
    );
  });

  it('is hashed as usual if a file has exactly that name', async () => {
    for (const [i, path] of PATHS.entries()) {
      await world.file(path, `content ${i}`);
      await world.row(String(i), path);
    }
    const { outcome, findings } = await world.backfill();
    expect(outcome).toMatchObject({ exitCode: 0, summary: { rows_elsewhere: 0, rows_updated: 4 } });
    expect(findings).toEqual([]);
    for (const i of PATHS.keys()) {
      expect(JSON.parse((await world.metadata(String(i))) ?? '')).toMatchObject({
        file_sha256: createHash('sha256').update(`content ${i}`).digest('hex'),
      });
    }
  });
});
