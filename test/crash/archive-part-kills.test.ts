import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { noise } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { salvor } from '../support/cli.js';
import { salvorKilledAfter } from '../support/killed.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** SALVOR_KILLS=300 makes this the long loop. */
const KILLS = Number(process.env.SALVOR_KILLS ?? 3);
/** From before the first byte is read to about the end of a run at this rate; the first save is after five seconds. */
const LONGEST_MS = 9000;
const MEMBERS = 200;
const RUN = ['--max-bytes', '4000000', '--rate', '500KB/s'];

let base: string;
let fresh: FreshDatabase;
let db: Database;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-archive-parts-'));
  fresh = await freshDatabase();
  db = await connect(fresh.url);
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  rmSync(base, { recursive: true, force: true });
});

/** The summary of a run; undefined if it was killed. */
async function check(
  more: readonly string[],
  killAfterMs?: number,
): Promise<Record<string, unknown> | undefined> {
  const args = ['listings', 'check', `file://${base}/`, '--all', '--registry', fresh.url, '--json', ...more];
  const { code, signal, stdout, stderr } = await salvorKilledAfter(args, killAfterMs);
  if (signal === 'SIGKILL') return undefined;
  // 4: the server may not have noticed yet that the run before is dead.
  if (code === 4) return {};
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout).summary;
}

const keptOffset = async (): Promise<number> => {
  const { rows } = await db.query<{ offset: number }>(
    'select offset_bytes::float8 as offset from salvor.archive_parts',
  );
  return rows[0]?.offset ?? 0;
};

it(
  'an archive that is decoded in parts survives kill -9 anywhere: no progress is taken back, and the result is right',
  async () => {
    const entries = Array.from({ length: MEMBERS }, (_, i) => ({ name: `f${i}`, content: noise(30_000, i) }));
    const archive = join(base, 'large.tar.gz');
    writeFileSync(archive, gzipSync(await packTar(entries)));
    const built = await salvor(['listings', 'build', archive, '--upload', '--no-index']);
    expect(built).toMatchObject({ code: 0 });
    let kills = 0;
    let before = 0;
    const whenFinished = (summary: Record<string, unknown> | undefined): boolean => {
      if (summary?.checked !== 1) return false;
      expect(summary).toMatchObject({ listings_same: 1, members: MEMBERS, errors: 0, damaged: 0 });
      return true;
    };
    while (kills < KILLS) {
      const summary = await check(RUN, Math.random() * LONGEST_MS);
      if (summary === undefined) kills += 1;
      if (whenFinished(summary)) before = 0;
      const now = await keptOffset();
      // A run that was killed after the last byte, and the next one, which drops it and begins again.
      expect(now >= before || before > MEMBERS * 30_000).toBe(true);
      before = now;
    }
    while (!whenFinished(await check(['--max-bytes', '4000000'])));
    const { rows } = await db.query(
      `select from salvor.archive_part_pieces where subject not in (select subject from salvor.archive_parts)`,
    );
    expect(rows).toEqual([]);
  },
  120_000 + KILLS * 30_000,
);
