import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { plant, stateOf } from '../jobs/checksums/planted.js';
import { salvorKilledAfter } from '../support/killed.js';
import { freshDatabase } from '../support/postgres.js';

/** SALVOR_KILLS=1000 makes this the long loop. */
const KILLS = Number(process.env.SALVOR_KILLS ?? 5);
const COUNT = 1500;
/** From before the first row is read to about the end of the run. */
const LONGEST_MS = 1800;

let base: string;
let root: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-kill-'));
  root = join(base, 'root');
});
afterAll(() => rmSync(base, { recursive: true }));

/** One run of the program; killed after `killAfterMs`, unless it was faster. */
async function backfill(
  url: string,
  killAfterMs?: number,
): Promise<{ code: number | null; killed: boolean }> {
  const config = join(base, 'salvor.yaml');
  writeFileSync(config, `roots: [{ path: "${root}" }]\nregistry: { guard: [content_hash] }\n`, {
    mode: 0o600,
  });
  const args = [
    'checksums',
    'backfill',
    '--config',
    config,
    '--registry',
    url,
    '--batch-rows',
    '10',
    '--quiet',
  ];
  const { code, signal, stderr } = await salvorKilledAfter(args, killAfterMs);
  if (signal === null && code !== 1 && code !== 4) throw new Error(`exit ${code}: ${stderr}`);
  return { code, killed: signal === 'SIGKILL' };
}

/** A planted registry, and the state that it ends in, killed as often as `kills` allows. */
async function endState(kills: { left: number }): Promise<unknown> {
  const fresh = await freshDatabase();
  const db = await connect(fresh.url);
  try {
    await plant(db, root, COUNT);
    for (;;) {
      const killAfterMs = kills.left > 0 ? Math.random() * LONGEST_MS : undefined;
      const { code, killed } = await backfill(fresh.url, killAfterMs);
      if (killed) kills.left -= 1;
      // The server may not have noticed yet that the run before is dead: then its lock is still held.
      if (!killed && code !== 4) return await stateOf(db);
    }
  } finally {
    await db.close();
    await fresh.drop();
  }
}

describe('checksums backfill killed with -9 at random points', () => {
  it(
    'loses no row, journals none twice, and ends as if it had never been killed',
    async () => {
      const undisturbed = await endState({ left: 0 });
      const kills = { left: KILLS };
      while (kills.left > 0) {
        rmSync(root, { recursive: true });
        expect(await endState(kills)).toEqual(undisturbed);
      }
    },
    300_000 + KILLS * 10_000,
  );
});
