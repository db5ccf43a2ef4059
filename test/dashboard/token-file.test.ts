import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownToken } from '../../src/dashboard/security/token-file.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-token-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('is created once, readable only by its owner, and then reused', () => {
  const state = join(directory, 'new', 'state');
  const first = ownToken(state);
  expect(first.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(statSync(first.file).mode & 0o777).toBe(0o600);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(readFileSync(first.file, 'utf8').trim()).toBe(first.secret);
  expect(ownToken(state)).toEqual(first);
});

it('two installations have different tokens', () => {
  expect(ownToken(join(directory, 'a')).secret).not.toBe(ownToken(join(directory, 'b')).secret);
});

const file = (): string => join(directory, 'dashboard-token');

it.each([
  ['can be read by other accounts', () => chmodSync(ownToken(directory).file, 0o644)],
  ['is empty', () => writeFileSync(file(), '', { mode: 0o600 })],
  ['holds something short', () => writeFileSync(file(), 'secret\n', { mode: 0o600 })],
  [
    'leads elsewhere',
    () => {
      writeFileSync(join(directory, 'elsewhere'), 'x'.repeat(43), { mode: 0o600 });
      symlinkSync(join(directory, 'elsewhere'), file());
    },
  ],
])('a file that %s is refused', (_, prepare) => {
  prepare();
  expect(() => ownToken(directory)).toThrow(
    expect.objectContaining({ code: 'dashboard.token_file', exitCode: 2 }),
  );
});
