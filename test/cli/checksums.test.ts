import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { type CliOptions, salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let base: string;
let fresh: FreshDatabase;
let db: Database;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-cli-'));
  mkdirSync(join(base, 'root'));
  configure();
  fresh = await freshDatabase();
  db = await connect(fresh.url);
  await db.query(
    `create table artifacts (id bigint primary key, artifact_type text, file_path text, metadata jsonb, content_hash text)`,
  );
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  rmSync(base, { recursive: true });
});

function configure(more = ''): void {
  writeFileSync(join(base, 'salvor.yaml'), `roots: [{ path: root }]\n${more}`, { mode: 0o600 });
}

async function row(id: number, path: string, content: string | null, metadata = '{}'): Promise<void> {
  if (content !== null) {
    mkdirSync(dirname(join(base, 'root', path)), { recursive: true });
    writeFileSync(join(base, 'root', path), content);
  }
  await db.query(`insert into artifacts values ($1, 'dataset', $2, $3, 'h')`, [id, path, metadata]);
}

async function run(words: string, ...more: string[]) {
  return runWith({}, words, ...more);
}

async function runWith(options: CliOptions, words: string, ...more: string[]) {
  const result = await salvor(
    [...words.split(' '), '--config', join(base, 'salvor.yaml'), '--registry', fresh.url, '--json', ...more],
    options,
  );
  return { ...result, json: JSON.parse(result.stdout) };
}

describe('salvor checksums backfill', () => {
  it('records, reports, and exits according to what it found; decided drift makes it green, an undo reverts that', async () => {
    await row(1, 'a', 'a');
    await row(2, 'b', 'b', `{"file_sha256": "${'0'.repeat(64)}", "n": 1.50}`);
    await row(3, 'gone', null);
    const residual = join(base, 'residual.ndjson');
    const first = await run('checksums backfill', '--residual', residual);
    expect(first).toMatchObject({
      code: 1,
      json: {
        command: 'checksums backfill',
        status: 'findings',
        exit_code: 1,
        summary: { rows_scanned: 3, rows_updated: 1, drift_events: 1, drift_open: 1, rows_no_file: 1 },
      },
    });
    expect(first.json.findings.map((f: { code: string }) => f.code).sort()).toEqual([
      'drift.detected',
      'file.missing',
    ]);
    expect(first.stderr).toContain(`drift (unknown): dataset 2 ("b") was ${'0'.repeat(64)}, is `);
    expect(readFileSync(residual, 'utf8')).toBe(
      '{"id":"3","artifact_type":"dataset","file_path":"gone","reason":"no_file"}\n',
    );
    const { rows } = await db.query('select job, exit_code, qualifying, summary from salvor.runs');
    expect(rows).toMatchObject([
      { job: 'checksums backfill', exit_code: 1, qualifying: true, summary: { rows_scanned: 3 } },
    ]);

    const listed = await run('drift list');
    expect(listed.json.summary).toMatchObject({
      open: 1,
      drift: [{ artifact_id: '2', state: 'open', class: 'unknown' }],
    });
    const id = listed.json.summary.drift[0].id;
    expect((await run(`drift accept ${id}`, '--note', 'it was me')).json.summary).toMatchObject({ open: 0 });
    expect((await run(`drift show ${id}`)).json.summary.drift).toMatchObject({
      state: 'accepted',
      note: 'it was me',
    });
    expect(await run('checksums backfill')).toMatchObject({ code: 0, json: { status: 'ok' } });

    const undone = await run(`journal undo ${first.json.run_id}`, '--reason', 'a test');
    expect(undone).toMatchObject({ code: 0, json: { summary: { undone: 2, refused: 0 } } });
    const { rows: after } = await db.query('select metadata::text as m from artifacts order by id');
    expect(after).toEqual([
      { m: '{}' },
      { m: `{"n": 1.50, "file_sha256": "${'0'.repeat(64)}"}` },
      { m: '{}' },
    ]);
    const log = await run('journal log', '--artifact', '1');
    expect(log.json.summary.entries.map((e: { action: string }) => e.action)).toEqual(['undo', 'checksum']);
    expect((await run(`journal show ${log.json.summary.entries[1].id}`)).json.summary.entry).toMatchObject({
      artifact_id: '1',
      before: { metadata: {} },
      after: { metadata: { file_size_bytes: 1 } },
      undone_by: log.json.summary.entries[0].id,
    });
  });

  it('if one of several decisions is refused, the others are made, and it is named', async () => {
    await row(1, 'a', 'a', `{"file_sha256": "${'0'.repeat(64)}"}`);
    await run('checksums backfill');
    const id = (await run('drift list')).json.summary.drift[0].id;
    const { code, json } = await run(`drift accept 999999 ${id}`);
    expect({ code, findings: json.findings }).toMatchObject({
      code: 3,
      findings: [{ code: 'drift.refused', subject: '999999', detail: { code: 'drift.unknown' } }],
    });
    expect(json.summary).toMatchObject({ decided: [{ id, state: 'accepted' }], refused: [{ id: '999999' }] });
  });

  it('a wrong run is refused where nothing was found for it: no changes of another run are mistaken for none', async () => {
    await row(1, 'a', 'a');
    const made = (await run('checksums backfill')).json.run_id as string;
    const none = '00000000-0000-4000-8000-000000000000';
    expect((await run('journal log', '--run', made.toUpperCase())).json.summary.entries).toHaveLength(1);
    expect((await run(`drift accept --run ${made}`)).json.summary).toMatchObject({ would_decide: 0 });
    for (const command of ['journal log', 'drift accept', 'drift reject']) {
      expect(await run(command, '--run', none)).toMatchObject({
        code: 2,
        json: { error: { code: 'run.unknown' } },
      });
      expect(await run(command, '--run', 'yesterday')).toMatchObject({
        code: 2,
        json: { error: { code: 'usage.invalid' } },
      });
    }
  });

  it('drift is decided by what the entries have in common: listed first, decided with --yes, undone as a whole', async () => {
    for (const id of [1, 2, 3]) {
      const under = id < 3 ? 'figures' : 'tables';
      await row(id, `${under}/${id}`, `now ${id}`, `{"file_sha256": "${'0'.repeat(64)}"}`);
    }
    await run('checksums backfill --on-drift hold');
    const preview = await run('drift accept --under figures/');
    expect(preview).toMatchObject({
      code: 0,
      json: { summary: { dry_run: true, would_decide: 2, open: 3 } },
    });
    const done = await run('drift accept --under figures/ --class unknown --type dataset --yes');
    expect(done).toMatchObject({ code: 0, json: { summary: { open: 1, refused: [] } } });
    expect(done.json.summary.decided).toHaveLength(2);
    const undone = await run(`journal undo ${done.json.summary.decision_id} --yes`);
    expect(undone).toMatchObject({ code: 0, json: { summary: { undone: 2 } } });
    expect((await run('drift list')).json.summary.open).toBe(3);
    expect((await run('drift accept --class rotten')).code).toBe(2);
    expect((await run('drift accept')).code).toBe(2);
    expect((await run('drift accept 1 --under figures/')).code).toBe(2);
  });

  it('content that was rejected and is still there is open until the right content is back', async () => {
    await row(1, 'a', 'right');
    await run('checksums backfill');
    writeFileSync(join(base, 'root', 'a'), 'wrong');
    await run('checksums verify');
    const id = (await run('drift list')).json.summary.drift[0].id;
    const rejected = await run(`drift reject ${id}`);
    expect(rejected.json.summary.decided).toMatchObject([{ state: 'rejected', content_remains: true }]);
    const remains = async () =>
      (await run('status')).json.summary.findings.filter(
        ({ code }: { code: string }) => code === 'drift.rejected_remains',
      );
    const verified = async () => (await run('status')).json.summary.coverage[0].verified;
    expect(await remains()).toMatchObject([
      { job: 'checksums verify', severity: 'warning', open: 1, sample: { subject: '1' } },
    ]);
    expect(await verified()).toBe(0);
    await run('checksums verify');
    expect(await remains()).toHaveLength(1);
    writeFileSync(join(base, 'root', 'a'), 'right');
    expect(await run('checksums verify')).toMatchObject({ code: 0 });
    expect(await remains()).toEqual([]);
    expect(await verified()).toBe(1);
  });

  it('undoing a rejection ends its warning at once, and undoing the undo brings it back', async () => {
    await row(1, 'a', 'right');
    await run('checksums backfill');
    writeFileSync(join(base, 'root', 'a'), 'wrong');
    await run('checksums verify');
    const id = (await run('drift list')).json.summary.drift[0].id;
    const open = async (): Promise<string[]> =>
      (await run('status')).json.summary.findings.map(
        ({ code, severity }: { code: string; severity: string }) => `${severity} ${code}`,
      );
    expect(await open()).toEqual(['error drift.detected']);
    const rejected = await run(`drift reject ${id}`);
    expect(await open()).toEqual(['warning drift.rejected_remains']);
    const undone = await run(`journal undo ${rejected.json.summary.decision_id} --yes`);
    expect(undone).toMatchObject({ code: 0, json: { summary: { undone: 1 } } });
    expect(await open()).toEqual(['error drift.detected']);
    await run(`journal undo ${undone.json.summary.run_id} --yes`);
    expect(await open()).toEqual(['warning drift.rejected_remains']);
  });

  it('more than fifty decisions at once need a note', async () => {
    for (let id = 1; id <= 51; id += 1)
      await row(id, `f${id}`, `${id}`, `{"file_sha256": "${'0'.repeat(64)}"}`);
    await run('checksums backfill --on-drift hold');
    expect(await run('drift reject --class unknown --yes')).toMatchObject({ code: 2 });
    const { code, json } = await run('drift reject --class unknown --yes --note regenerated');
    expect({ code, decided: json.summary.decided.length }).toEqual({ code: 0, decided: 51 });
  });

  it('status shows by type what is hashed, never hashed, drifted or missing, and since when', async () => {
    await row(1, 'a', 'a');
    await row(2, 'b', 'b', `{"file_sha256": "${'0'.repeat(64)}"}`);
    await row(3, 'gone', null);
    expect((await run('status')).json.summary.coverage).toEqual([
      {
        artifact_type: 'dataset',
        rows: 3,
        hashed: 0,
        never: 3,
        drift_open: 0,
        verified: 0,
        missing: null,
        oldest_at: null,
      },
    ]);
    await run('checksums backfill');
    expect((await run('status')).json.summary.coverage).toEqual([
      {
        artifact_type: 'dataset',
        rows: 3,
        hashed: 2,
        never: 1,
        drift_open: 1,
        verified: 1,
        missing: 1,
        oldest_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
  });

  it('verify reads it again', async () => {
    await row(1, 'a', 'a');
    await run('checksums backfill');
    const verified = await run('checksums verify', '--period', '30d');
    expect(verified).toMatchObject({ code: 0, json: { summary: { rows_unchanged: 1, period_met: true } } });
  });

  it('writes only SQL, and all of it, on request', async () => {
    await row(1, 'a', 'a');
    const sql = join(base, 'out.sql');
    expect((await run('checksums backfill', '--emit-sql', sql)).json.summary).toMatchObject({
      rows_updated: 1,
    });
    expect(readFileSync(sql, 'utf8')).toMatch(
      /\nbegin;\n[\s\S]*update "?[a-z]+"?\."?artifacts"?[\s\S]*\ncommit;\n$/,
    );
    expect((await db.query(`select from artifacts where metadata <> '{}'`)).rowCount).toBe(0);
  });

  it.each([
    ['no roots', 'config.nothing_to_do', 2, [], ''],
    ['a bad window', 'usage.window', 2, ['--window', '2-3'], undefined],
    ['a bad zone', 'usage.window', 2, ['--window', '02:00-06:00', '--timezone', 'Mars/Base'], undefined],
    ['a bad choice', 'usage.invalid', 2, ['--on-drift', 'ignore'], undefined],
    ['no rows', 'artifacts.none', 3, [], undefined],
    ['a missing table', 'registry.missing_table', 3, [], 'registry: { table: nothing }\n'],
    ['a missing root', 'root.unavailable', 3, [], 'roots: [{ path: nothing }]\n'],
    ['a missing sentinel', 'root.unavailable', 3, [], 'roots: [{ path: root, sentinel: .git }]\n'],
  ])('%s: %s, exit %i', async (_, code, exit, flags, config) => {
    writeFileSync(join(base, 'root', 'x'), '');
    if (config !== undefined) {
      const roots = config.includes('roots') || config === '' ? '' : 'roots: [{ path: root }]\n';
      writeFileSync(join(base, 'salvor.yaml'), `${roots}${config}`, { mode: 0o600 });
    }
    const result = await run('checksums backfill', ...flags);
    expect(result).toMatchObject({ code: exit, json: { error: { code }, exit_code: exit } });
  });

  it('stopped by SIGTERM exits with 143, and continues later', async () => {
    for (let i = 0; i < 30; i += 1) await row(i, `f${i}`, 'x'.repeat(100));
    const stopped = await runWith(
      {
        started: (child) => {
          // Several queries may be under way; a second signal would end the run at once.
          let isSent = false;
          const poll = setInterval(async () => {
            const { rowCount } = await db.query('select from salvor.journal');
            if (rowCount === 0 || isSent) return;
            isSent = true;
            clearInterval(poll);
            child.kill('SIGTERM');
          }, 20);
          child.on('exit', () => clearInterval(poll));
        },
      },
      'checksums backfill',
      '--rate',
      '400',
      '--batch-rows',
      '1',
    );
    expect(stopped).toMatchObject({
      code: 143,
      json: { status: 'interrupted', summary: { stopped_by: 'signal' } },
    });
    const { rows_updated: first } = stopped.json.summary;
    expect(first).toBeGreaterThan(0);
    expect((await run('checksums backfill')).json.summary).toMatchObject({ rows_updated: 30 - first });
    expect((await db.query('select from salvor.journal')).rowCount).toBe(30);
  });

  it('one run at a time', async () => {
    for (let i = 0; i < 5; i += 1) await row(i, `f${i}`, 'x'.repeat(100));
    let second: Promise<{ code: number | null; json: { error: unknown } }> | undefined;
    const first = runWith(
      {
        started: (child) => {
          const poll = setInterval(async () => {
            const { rowCount } = await db.query(`select from salvor.runs where status = 'running'`);
            if (rowCount === 0 || second) return;
            second = run('checksums backfill');
            await second;
            child.kill('SIGTERM');
          }, 20);
          child.on('exit', () => clearInterval(poll));
        },
      },
      'checksums backfill',
      '--rate',
      '20',
    );
    expect((await first).code).toBe(143);
    expect(await second).toMatchObject({ code: 4, json: { error: { code: 'run.locked' } } });
  });
});
