import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { csv, RecoveryWorld, sha256 } from '../support/recovery-world.js';
import { s3Environment } from '../support/s3.js';

let world: RecoveryWorld;
let cwd: string;
let env: Record<string, string>;

interface Document {
  status: string;
  exit_code: number;
  summary: Record<string, unknown> & { plan_file: string };
  findings: { code: string; subject: string }[];
  error?: { code: string };
}

async function run(...args: string[]): Promise<{ code: number | null; json: Document; stderr: string }> {
  const result = await salvor([...args, '--json', '--no-progress'], { cwd, env });
  return { code: result.code, json: JSON.parse(result.stdout) as Document, stderr: result.stderr };
}

beforeAll(async () => {
  world = await RecoveryWorld.create();
  cwd = world.base;
  env = { ...s3Environment(world.s3), HOME: world.base };
  world.archive('h/artifacts-2026-04-20.tar.gz', {
    'datasets/liver.csv': csv('liver'),
    'datasets/Kidney_TPM.csv': csv('kidney'),
  });
  world.commit({ 'models/brain.pkl': Buffer.from([0x80, 4, 0x4e, 0x2e]) });
  world.commit({ 'models/brain.pkl': null });
  world.worktree('quest', 'datasets/heart.csv', csv('heart'));
  await world.row({ id: 'liver', path: 'datasets/liver.csv' });
  await world.row({ id: 'kidney', metadata: { filename: 'kidney_tpm.csv' } });
  await world.row({ id: 'heart', metadata: { filename: 'heart.csv', file_sha256: sha256(csv('heart')) } });
  await world.row({ id: 'brain', type: 'model', path: 'models/brain.pkl' });
  await world.row({ id: 'lost', metadata: { filename: '<img src=x onerror=alert(1)>.csv' } });
  writeFileSync(
    join(cwd, 'salvor.yaml'),
    JSON.stringify({
      registry: { url: world.fresh.url },
      roots: [{ path: world.root }],
      s3: { endpoint_url: world.s3.endpoint, region: world.s3.region },
      recovery: {
        sources: [
          { directory: join(world.base, 'worktrees/*/data/scidex-artifacts') },
          { git: join(world.base, 'repo') },
          { archives: world.store, series: 'artifacts-*' },
        ],
        types: {
          dataset: { directories: ['datasets'], extensions: ['.csv'] },
          model: { directories: ['models'], extensions: ['.pkl'] },
        },
      },
    }),
    { mode: 0o600 },
  );
});
afterAll(() => world.close());

describe('salvor recovery on the command line', () => {
  it('plan writes only the plan and names it', async () => {
    const { code, json } = await run('recovery', 'plan');
    expect(code).toBe(0);
    expect(json.summary).toMatchObject({
      rows_considered: 5,
      to_bind: 3,
      bound: 0,
      needs_review: 1,
      residual: 1,
      bytes_recovered: 0,
    });
    expect(json.summary.plan_file).toBe(join(cwd, '.salvor/plan.json'));
    expect(readdirSync(world.root)).toEqual(['README']);
    expect((await world.stored('liver')).metadata).toEqual({});
  });

  it('a plan that was edited, or is for another registry, is refused with 2 and nothing is touched', async () => {
    const text = readFileSync(join(cwd, '.salvor/plan.json'), 'utf8');
    writeFileSync(join(cwd, 'edited.json'), text.replace('"needs_review"', '"to_bind"'));
    expect(await run('recovery', 'apply', 'edited.json')).toMatchObject({
      code: 2,
      json: { error: { code: 'plan.edited' } },
    });
    expect(await run('recovery', 'apply', 'nowhere.json')).toMatchObject({
      code: 2,
      json: { error: { code: 'plan.not_found' } },
    });
    writeFileSync(join(cwd, 'version.json'), text.replace('"version": 2', '"version": 9'));
    expect(await run('recovery', 'apply', 'version.json')).toMatchObject({
      code: 2,
      json: { error: { code: 'plan.version' } },
    });
    await world.database.query('create table other (like artifacts including all)');
    const config = JSON.parse(readFileSync(join(cwd, 'salvor.yaml'), 'utf8')) as { registry: object };
    writeFileSync(
      join(cwd, 'other.yaml'),
      JSON.stringify({ ...config, registry: { ...config.registry, table: 'other' } }),
      { mode: 0o600 },
    );
    expect(await run('recovery', 'apply', '--config', 'other.yaml')).toMatchObject({
      code: 2,
      json: { error: { code: 'plan.other_registry' } },
    });
    expect(readdirSync(world.root)).toEqual(['README']);
  });

  it('apply binds what was planned, and applying again changes nothing', async () => {
    const { code, json } = await run('recovery', 'apply');
    expect(code).toBe(0);
    expect(json.summary).toMatchObject({ bound: 3, needs_review: 1 });
    expect(await world.content('liver')).toBe(csv('liver'));
    expect((await world.stored('heart')).file_path).toBe('datasets/heart.csv');
    const before = await world.database.query('select * from artifacts order by id');
    expect((await run('recovery', 'apply')).json.summary).toMatchObject({ bound: 3 });
    expect((await world.database.query('select * from artifacts order by id')).rows).toEqual(before.rows);
  });

  it('review shows the evidence, and the next run binds accepted candidates as approved', async () => {
    const { json } = await run('recovery', 'review');
    const rows = json.summary.rows as { id: string; similar: { cid: string; evidence: string[] }[] }[];
    expect(rows.map((row) => row.id)).toEqual(['kidney']);
    const cid = rows[0]?.similar[0]?.cid ?? '';
    expect(rows[0]?.similar[0]?.evidence.join(' ')).toContain('its name is similar');
    expect(await run('recovery', 'review', 'accept', 'kidney', '--candidate', '000000000000')).toMatchObject({
      code: 2,
      json: { error: { code: 'review.unknown' } },
    });
    const accept = () =>
      run('recovery', 'review', 'accept', 'kidney', '--candidate', cid, '--note', 'same file');
    expect((await accept()).code).toBe(0);
    const taken = await run('recovery', 'review', 'withdraw', 'kidney', '--note', 'the other one');
    expect(taken).toMatchObject({ code: 0, json: { summary: { artifact_id: 'kidney' } } });
    expect(await run('recovery', 'review', 'withdraw', 'kidney')).toMatchObject({
      code: 2,
      json: { error: { code: 'review.unknown' } },
    });
    expect((await run('recovery', 'plan')).json.summary).toMatchObject({ needs_review: 1 });
    expect((await accept()).code).toBe(0);
    const again = await run('recovery', 'run');
    expect(again.json.summary).toMatchObject({ rows_considered: 2, bound: 1, residual: 1 });
    expect(await world.content('kidney')).toBe(csv('kidney'));
  });

  it('shows the beginning of the content of a candidate, from any source, and how two candidates differ', async () => {
    world.worktree('a', 'datasets/twice.csv', 'gene,value\nA,1\nB,2\n');
    world.worktree('b', 'datasets/twice.csv', 'gene,value\nA,1\nB,3\u001b[31m\n');
    await world.row({ id: 'twice', path: 'datasets/twice.csv' });
    await run('recovery', 'plan', '--out', 'review/plan.json');
    const plan = ['--plan', 'review/plan.json'];
    const shown = await run('recovery', 'review', 'show', 'twice', '--content', ...plan);
    expect(shown.code).toBe(0);
    const { row, contents } = shown.json.summary as unknown as {
      row: { candidates: { cid: string }[] };
      contents: Record<string, { lines: string[]; whole: boolean }>;
    };
    const cids = row.candidates.map((one) => one.cid);
    expect(cids).toHaveLength(2);
    expect(cids.map((one) => contents[one]?.lines.slice(0, 2))).toEqual([
      ['gene,value', 'A,1'],
      ['gene,value', 'A,1'],
    ]);
    const text = cids.flatMap((one) => contents[one]?.lines ?? []).join('');
    expect(text).toContain('[31m');
    expect(text).not.toContain(String.fromCharCode(27));
    const diff = await run('recovery', 'review', 'diff', 'twice', cids[0] ?? '', cids[1] ?? '', ...plan);
    const lines = diff.json.summary.difference as string[];
    expect(lines.slice(0, 3)).toEqual(['@@ from line 3', '  gene,value', '  A,1']);
    expect(lines.filter((line) => /^[-+] B/.test(line))).toHaveLength(2);
    expect(await run('recovery', 'review', 'show', 'nobody', ...plan)).toMatchObject({ code: 2 });
  });

  it('accepts by cause: all rows with a single content, as one decision that is withdrawn as a whole', async () => {
    for (const name of ['one', 'two']) {
      world.worktree('a', `other/nb-${name}-sample-4711.csv`, csv(name));
      await world.row({ id: name, path: `datasets/${name}-sample-4711.csv` });
    }
    await run('recovery', 'plan', '--out', 'bulk/plan.json');
    const all = [
      'recovery',
      'review',
      'accept',
      '--all-identical',
      '--under',
      'datasets',
      '--plan',
      'bulk/plan.json',
    ];
    const dry = await run(...all);
    expect(dry).toMatchObject({ code: 0, json: { summary: { accepted: 0, decision: null } } });
    const count = async (): Promise<unknown> =>
      (
        await world.database.query(
          `select count(*)::int as n from salvor.decisions where group_id is not null`,
        )
      ).rows;
    expect(await count()).toEqual([{ n: 0 }]);
    const done = await run(...all, '--yes');
    const { rows, accepted, decision } = done.json.summary as unknown as {
      rows: unknown[];
      accepted: number;
      decision: string | null;
    };
    expect(accepted).toBe(rows.length);
    if (decision === null) return;
    expect(await run('recovery', 'review', 'withdraw', '--decision', decision)).toMatchObject({
      code: 0,
      json: { summary: { artifacts: accepted, withdrawn: accepted } },
    });
  });

  it('artifact unrecoverable works without a plan, and artifact show prints the whole history', async () => {
    await world.row({ id: 'lost-1', path: 'datasets/lost-1.csv' });
    await world.row({ id: 'lost-2', path: 'datasets/lost-2.csv' });
    writeFileSync(join(cwd, 'ids.txt'), 'lost-2\nnobody\n');
    const marked = await run(
      'artifact',
      'unrecoverable',
      'lost-1',
      '--ids-from',
      'ids.txt',
      '--reason',
      'disk died',
    );
    expect(marked).toMatchObject({ code: 1, json: { summary: { asked: 3, marked: 2, refused: 1 } } });
    expect((await world.stored('lost-2')).metadata).toMatchObject({ file_unrecoverable: true });
    const liver = await run('artifact', 'show', 'liver');
    const events = liver.json.summary.history as { kind: string; what: string }[];
    expect(events.map(({ kind, what }) => `${kind} ${what}`)).toEqual(
      expect.arrayContaining(['journal bind', 'file place done']),
    );
    const lost = (await run('artifact', 'show', 'lost-1')).json.summary.history as { what: string }[];
    expect(lost.map(({ what }) => what)).toEqual(expect.arrayContaining(['unrecoverable']));
    await run('journal', 'undo', marked.json.summary.run_id as string, '--yes');
    expect((await world.stored('lost-1')).metadata).toEqual({});
    await world.database.query(
      `delete from artifacts where id in ('lost-1', 'lost-2', 'one', 'two', 'twice')`,
    );
  });

  it('report writes every format, and a hostile name stays text', async () => {
    for (const format of ['md', 'csv', 'json', 'html']) {
      expect((await run('recovery', 'report', '--format', format, '--out', 'reports')).code).toBe(0);
      const residual = readFileSync(join(cwd, `reports/residual.${format}`), 'utf8');
      expect(residual).toContain('lost');
      if (format === 'html' || format === 'md') expect(residual).not.toContain('<img');
      expect(existsSync(join(cwd, `reports/inventory-dataset.${format}`))).toBe(true);
      expect(existsSync(join(cwd, `reports/inventory-model.${format}`))).toBe(true);
    }
  });

  it('report and review show what apply refused', async () => {
    await world.row({ id: 'refused', path: 'datasets/spleen.csv' });
    world.worktree('quest', 'datasets/spleen.csv', csv('spleen'));
    await run('recovery', 'plan', '--out', 'second/plan.json');
    world.file('root/datasets/spleen.csv', csv('in the way'));
    expect((await run('recovery', 'apply', 'second/plan.json')).code).toBe(1);
    await run('recovery', 'report', '--plan', 'second/plan.json', '--format', 'json', '--out', 'second');
    const inventory = JSON.parse(readFileSync(join(cwd, 'second/inventory-dataset.json'), 'utf8')) as {
      rows: { id: string; status: string; explanation: string }[];
    };
    const row = inventory.rows.find((one) => one.id === 'refused');
    expect(row).toMatchObject({ status: 'refused' });
    expect(row?.explanation).toContain('destination.exists');
    const waiting = (await run('recovery', 'review', '--plan', 'second/plan.json')).json.summary.rows as {
      id: string;
    }[];
    expect(waiting.map((one) => one.id)).not.toContain('refused');
    await world.database.query(`delete from artifacts where id = 'refused'`);
  });

  it('review unrecoverable marks the row, and it is not searched for again', async () => {
    expect((await run('recovery', 'review', 'unrecoverable', 'lost', '--reason', 'never saved')).code).toBe(
      0,
    );
    expect((await world.stored('lost')).metadata).toMatchObject({
      file_unrecoverable: true,
      file_unrecoverable_reason: 'never saved',
    });
    expect((await run('recovery', 'plan')).json.summary).toMatchObject({ rows_considered: 0 });
  });

  it('a type without rows is exit 3, and the existing plan is kept', async () => {
    const before = readFileSync(join(cwd, '.salvor/plan.json'), 'utf8');
    const { code, json } = await run('recovery', 'plan', '--type', 'datset');
    expect({ code, error: json.error?.code }).toEqual({ code: 3, error: 'artifacts.none' });
    expect(readFileSync(join(cwd, '.salvor/plan.json'), 'utf8')).toBe(before);
  });

  it('the canary of the verifier does not count as a skipped archive', async () => {
    world.archive('h/artifacts-canary.tar.gz', { 'datasets/x.csv': csv('x') }, { listing: null });
    const config = JSON.parse(readFileSync(join(cwd, 'salvor.yaml'), 'utf8'));
    const file = join(cwd, 'canary.yaml');
    const backups = [{ url: world.store, canary: 'h/artifacts-canary.tar.gz' }];
    writeFileSync(file, JSON.stringify({ ...config, backups }), { mode: 0o600 });
    const sourceOf = async (...more: string[]): Promise<unknown> => {
      const { json } = await run('recovery', 'plan', '--archives', 'all', ...more);
      return (json.summary.sources as unknown[]).at(-1);
    };
    expect(await sourceOf()).toMatchObject({ state: 'scoped' });
    expect(await sourceOf('--config', file)).toMatchObject({ state: 'complete', scope: '1 archive' });
  });

  it('a missing source makes rows undecided and the exit code 3', async () => {
    await world.row({ id: 'later', metadata: { filename: 'later_on.csv' } });
    world.s3.fault('ListObjectsV2', async () => {
      throw new Error('gone');
    });
    const { code, json } = await run('recovery', 'plan');
    world.s3.fault('ListObjectsV2', undefined);
    expect(code).toBe(3);
    expect(json.summary).toMatchObject({ undecided: 1, residual: 0 });
  });
});
