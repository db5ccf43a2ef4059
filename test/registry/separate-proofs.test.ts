import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresProofLedger } from '../../src/registry/recovery/proofs.js';
import type { ProofLedger } from '../../src/registry/recovery/proofs-port.js';
import { SeparateProofLedger } from '../../src/registry/recovery/separate-proofs.js';
import { plainDdl, type Table, tableOf } from './artifacts-support.js';

const RUN = randomUUID();
let table: Table;
let joined: ProofLedger;
let separate: ProofLedger;

/** Rows with a digest of their own, with one of Salvor's alone, with none; tried in all ways, by two tables. */
beforeAll(async () => {
  table = await tableOf(plainDdl('jsonb', 'text'));
  await table.db.query(
    `insert into artifacts select lpad(n::text, 3, '0'), 't', 'p', case when n % 3 = 0 then '{}' else
       jsonb_build_object('file_sha256', repeat(to_hex(n % 16), 64)) end from generate_series(1, 200) n`,
  );
  await table.db.query(
    `insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at)
     select id, 'salvor.artifacts', 'p', '/r', 1, now(), repeat('e', 64), now() from artifacts where id::integer % 6 = 0`,
  );
  await table.db.query(
    `insert into salvor.proofs (run_id, artifact_id, sha256, archive_url, member, ok, reason, proved_at, table_name)
     select case when n % 7 = 0 then $1 else gen_random_uuid() end, lpad(n::text, 3, '0'),
       case when n % 5 = 0 then repeat('f', 64) when n % 6 = 0 then repeat('e', 64) else repeat(to_hex(n % 16), 64) end,
       's3://b/a.tar', 'm', n % 4 <> 0, case when n % 4 = 0 then 'no copy' end,
       timestamptz '2026-01-01' + (n * 37 % 100) * interval '1 hour' + trial * interval '1 minute',
       case when n % 11 = 0 then 'other.artifacts' else 'salvor.artifacts' end
     from generate_series(1, 200) n, generate_series(1, n % 3) trial`,
    [RUN],
  );
  joined = new PostgresProofLedger(table.db, table.artifacts.shape);
  separate = new SeparateProofLedger(table.db, { ...table.artifacts.shape, hasState: false }, table.db);
});
afterAll(() => table[Symbol.asyncDispose]());

it('proofs in another database than the artifacts are counted as if they were in the same one', async () => {
  const counts = await joined.counts();
  expect(counts.artifacts).toBeGreaterThan(100);
  expect(counts.neverProven).toBeGreaterThan(10);
  expect(counts.oldestProofAt).not.toBeNull();
  expect(await separate.counts()).toEqual(counts);
});

it('and come in the same order', async () => {
  for (const [leftOut, limit] of [
    [[], 1000],
    [['001', '002'], 17],
  ] as const) {
    const next = await joined.next(RUN, leftOut, limit);
    expect(next.length).toBeGreaterThan(10);
    expect(await separate.next(RUN, leftOut, limit)).toEqual(next);
  }
});

it('an attempt is recorded where the proofs are, for this table', async () => {
  const [first] = await separate.next(RUN, [], 1);
  if (first === undefined) throw new Error('nothing to prove');
  await separate.record({
    ...first,
    runId: RUN,
    archiveUrl: 's3://b/a.tar',
    archiveEtag: null,
    member: 'm',
    reason: null,
  });
  expect((await separate.next(RUN, [], 1000)).map((one) => one.artifactId)).not.toContain(first.artifactId);
  expect(await joined.counts()).toEqual(await separate.counts());
});
