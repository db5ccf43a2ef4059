import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { openRegistry } from '../../src/registry/registry.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { onTerminal } from './on-terminal.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
/** More than any screen, and more than a pipe holds. */
const RUNS = 900;

let base: string;
let fresh: FreshDatabase;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-pager-'));
  writeFileSync(join(base, 'salvor.yaml'), 'roots: [{ path: root }]\n', { mode: 0o600 });
  fresh = await freshDatabase();
  await (await openRegistry(fresh.url)).close();
  const db = await connect(fresh.url);
  await db.query(
    `insert into salvor.runs (id, job, scope, scope_key, host, pid, options, status, exit_code, qualifying, version,
       started_at, heartbeat_at, finished_at, summary)
     select gen_random_uuid(), 'listings verify', 's3://bucket/a-long-prefix-of-backups/host-' || i || '/', i, 'host', 1,
       '{}', 'ok', 0, true, '1', now(), now(), now(), '{}' from generate_series(1, $1) as i`,
    [RUNS],
  );
  await db.close();
});
afterAll(async () => {
  await fresh.drop();
  rmSync(base, { recursive: true });
});

const list = (...more: string[]): string[] => [
  ...['runs', 'list', '--limit', String(RUNS), '--config', join(base, 'salvor.yaml')],
  ...['--registry', fresh.url, ...more],
];
const shown = (args: readonly string[], env: Record<string, string> = {}, steps = NO_STEPS) =>
  onTerminal({ argv: [process.execPath, MAIN, ...args], env, steps, columns: 120 });
const NO_STEPS: { after: string; keys: string }[] = [];
const rowsIn = (text: string): number => text.match(/listings verify/g)?.length ?? 0;

describe('the pager, on a terminal', () => {
  it('shows a long list a screen at a time; leaving it early is no error', async () => {
    const { code, text } = await shown(list(), {}, [{ after: ':', keys: 'q' }]);
    expect(code).toBe(0);
    expect(rowsIn(text)).toBeGreaterThan(5);
    expect(rowsIn(text)).toBeLessThan(30);
  });

  it('is not used if everything fits the screen', async () => {
    const { code, text } = await shown(list('--limit', '3'));
    expect(code).toBe(0);
    expect(rowsIn(text)).toBe(3);
  });

  it('is SALVOR_PAGER or else PAGER, and may end before it has read everything', async () => {
    const marked = "sed -u 's/^/paged: /' | head -n 3";
    const { code, text } = await shown(list(), { PAGER: 'false', SALVOR_PAGER: marked });
    expect(code).toBe(0);
    expect(text.match(/^paged: .*$/gm)).toHaveLength(3);
    expect(text).not.toMatch(/EPIPE|error|salvor:.*fail/i);
    expect((await shown(list('--limit', '3'), { PAGER: "sed 's/^/paged: /'" })).text).toContain('paged: ');
  });

  it('that does not exist hides nothing: everything is printed', async () => {
    const { code, text } = await shown(list(), { PAGER: 'no-such-pager --flag' });
    expect(code).toBe(0);
    expect(rowsIn(text)).toBe(RUNS);
  });

  it.each([
    ['--no-pager', ['--no-pager'], {}],
    ['an empty PAGER', [], { PAGER: '' }],
    ['PAGER=cat', [], { PAGER: 'cat' }],
    ['a dumb terminal', [], { TERM: 'dumb', PAGER: "sed 's/^/paged: /'" }],
  ])('is not used with %s', async (_name, flags, env) => {
    const { code, text } = await shown(list(...flags), { PAGER: "sed 's/^/paged: /'", ...env });
    expect(code).toBe(0);
    expect(text).not.toContain('paged: ');
    expect(rowsIn(text)).toBe(RUNS);
  });

  it('is never used for --json, nor in a pipe', async () => {
    const PAGER = "sed 's/^/paged: /'";
    const { text } = await shown(list('--json'), { PAGER });
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({ summary: { runs: expect.any(Array) } });
    const piped = await salvor(list(), { env: { PAGER, TERM: 'xterm' }, ownProcess: true });
    expect(piped.stdout).not.toContain('paged: ');
    expect(rowsIn(piped.stdout)).toBe(RUNS);
  });

  it('gets a table that fits: complete ids, paths shortened in the middle; a pipe gets everything', async () => {
    const { text } = await shown(list('--no-pager', '--limit', '3'));
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('salvor:'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(text).toMatch(/s3:[^ ]*…[^ ]*\//);
    expect(text).toMatch(/[0-9a-f]{8}-[0-9a-f-]{27}$/m);
    expect((await salvor(list('--limit', '3'), { ownProcess: true })).stdout).toContain(
      's3://bucket/a-long-prefix-of-backups/host-',
    );
  });
});
