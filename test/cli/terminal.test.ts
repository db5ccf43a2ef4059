import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { failureText } from '../../src/cli/terminal/output.js';
import { stdoutStyle, styleFor } from '../../src/cli/terminal/style.js';
import { textTable } from '../../src/cli/terminal/text-table.js';
import { Failure } from '../../src/core/failure.js';
import { printableText } from '../../src/core/printable.js';
import { connect } from '../../src/registry/database.js';
import { openRegistry } from '../../src/registry/registry.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** Sequences that set the window title, change colors, conceal text, move to the previous line, and reverse the writing direction. */
const HOSTILE = 'x\u001b]0;pwned\u0007\u001b[31m\u001b[8m\u009b1A\r\nsalvor: ok\u202e\u200b';
const UNFIT = /[\0-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const RUN = '11111111-1111-4111-8111-111111111111';

let base: string;
let fresh: FreshDatabase;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-terminal-'));
  writeFileSync(join(base, 'salvor.yaml'), 'roots: [{ path: root }]\n', { mode: 0o600 });
  // A decision about drift reads the file; its message about the missing file contains the hostile name, too.
  mkdirSync(join(base, 'root'));
  writeFileSync(join(base, 'root', 'other'), 'x');
  fresh = await freshDatabase();
  await (await openRegistry(fresh.url)).close();
  const db = await connect(fresh.url);
  await db.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)',
  );
  await db.query(`insert into artifacts values ($1, $1, $1, '{}')`, [HOSTILE]);
  await db.query(
    `insert into salvor.runs (id, job, scope, scope_key, host, pid, options, status, exit_code, qualifying, version,
       started_at, heartbeat_at, finished_at, summary)
     values ($2, $1, $1, 1, $1, 1, $3, 'findings', 1, true, $1, now(), now(), now(), $3)`,
    [HOSTILE, RUN, JSON.stringify({ [HOSTILE]: HOSTILE, by_type: { [HOSTILE]: { [HOSTILE]: 1 } } })],
  );
  await db.query(
    `insert into salvor.drift (artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime, path, root, class,
       first_seen_at, last_seen_at, note) values ($1, 'salvor.artifacts', $1, $1, $1, 1, now(), $1, $1, 'unknown', now(), now(), $1)`,
    [HOSTILE],
  );
  await db.query(
    `insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor) values ($2, $1, 'salvor.artifacts', $1, $3, $3, $1, $1)`,
    [HOSTILE, RUN, JSON.stringify({ file_path: HOSTILE, metadata: { [HOSTILE]: HOSTILE } })],
  );
  await db.close();
});
afterAll(async () => {
  await fresh.drop();
  rmSync(base, { recursive: true });
});

it.each([
  'status',
  'runs list',
  `runs show ${RUN}`,
  'drift list',
  'drift show 1',
  'drift accept 1',
  'journal log',
  'journal show 1',
  'journal undo 1',
])('an untrusted name cannot control the terminal: %s', async (words) => {
  const result = await salvor([
    ...words.split(' '),
    ...['--config', join(base, 'salvor.yaml'), '--registry', fresh.url],
  ]);
  const said = result.stdout + result.stderr;
  expect(said).toContain('x\\u001b]0;pwned\\u0007');
  expect(said).not.toMatch(UNFIT);
  expect(said).not.toMatch(/^salvor: ok/m);
});

it('nor can the message of a failure, on stderr', () => {
  const text = failureText(
    new Failure('row.changed', HOSTILE, { hint: HOSTILE, cause: new Error(HOSTILE) }),
    true,
  );
  expect(text.split('\n')).toHaveLength(4);
  expect(text).not.toMatch(UNFIT);
});

it('our own colors are kept, in a text and around a cell of a table', () => {
  const { good, bold } = styleFor(true);
  expect(printableText(`${bold('Run')} ${good('ok')}\n${HOSTILE}`)).toContain(
    `${bold('Run')} ${good('ok')}\nx\\u001b]`,
  );
  const table = textTable(['a', 'b'], [[good('ok'), `${HOSTILE}${good('ok')}`]], styleFor(true));
  expect(table).toContain(good('ok'));
  expect(table.replace(good('ok'), '')).not.toMatch(UNFIT);
});

it('every text on stdout has colors on a terminal only, and where neither --no-color nor NO_COLOR is set', () => {
  const isRed = (color: boolean): boolean => stdoutStyle({ color }).bad('x') !== 'x';
  const { isTTY } = process.stdout;
  vi.stubEnv('NO_COLOR', '');
  try {
    process.stdout.isTTY = true;
    expect([isRed(true), isRed(false)]).toEqual([true, false]);
    vi.stubEnv('NO_COLOR', '1');
    expect(isRed(true)).toBe(false);
    vi.stubEnv('NO_COLOR', '');
    process.stdout.isTTY = false;
    expect(isRed(true)).toBe(false);
  } finally {
    process.stdout.isTTY = isTTY;
    vi.unstubAllEnvs();
  }
});
