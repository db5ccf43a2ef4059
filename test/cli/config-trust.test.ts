import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/cli/config/load.js';
import { callerOf, trustedPath } from '../../src/cli/config/trust.js';
import { salvor } from '../support/cli.js';

const me = process.geteuid?.() ?? 0;
const STRANGER = 65_534;
const FRIEND = 12_345;

let base: string;
let file: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'salvor-trust-')));
  mkdirSync(join(base, 'etc/salvor'), { recursive: true });
  file = join(base, 'etc/salvor/salvor.yaml');
  writeFileSync(file, 'checksums: { threads: 1 }\n', { mode: 0o644 });
});
afterEach(() => rmSync(base, { recursive: true }));

function refusal(path = file, caller = callerOf({})): string {
  try {
    trustedPath(path, caller);
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'config.untrusted', exitCode: 2, hint: expect.any(String) });
    return (error as Error).message;
  }
}

describe('a configuration is obeyed', () => {
  it('if only root and the caller can write to it', () => {
    expect(trustedPath(file, callerOf({}))).toBe(file);
    chmodSync(file, 0o400);
    chmodSync(join(base, 'etc'), 0o500);
    expect(refusal()).toBe('');
    chmodSync(join(base, 'etc'), 0o700);
  });

  it.each([
    ['the file by every user', 'etc/salvor/salvor.yaml', 0o646, 'every user'],
    ['the file by a group', 'etc/salvor/salvor.yaml', 0o664, 'group'],
    ['its directory by every user', 'etc/salvor', 0o777, 'every user'],
    ['its directory by a group', 'etc/salvor', 0o775, 'group'],
    ['a directory further up', 'etc', 0o757, 'every user'],
  ])('not where others can write: %s', (_, path, mode, who) => {
    chmodSync(join(base, path), mode);
    expect(refusal()).toContain(`${join(base, path)} is writable by ${who}`);
  });

  it('in a sticky directory, in which nobody can replace it', () => {
    chmodSync(join(base, 'etc/salvor'), 0o1777);
    expect(refusal()).toBe('');
    // What is above it does not matter: nobody can move it away there.
    chmodSync(join(base, 'etc'), 0o777);
    expect(refusal()).toBe('');
  });

  it('through links, of which every directory counts, and the target', () => {
    mkdirSync(join(base, 'open'), { mode: 0o700 });
    symlinkSync('../etc', join(base, 'open/etc'));
    const link = join(base, 'link.yaml');
    symlinkSync('open/etc/salvor/salvor.yaml', link);
    expect(trustedPath(link, callerOf({}))).toBe(file);
    chmodSync(join(base, 'open'), 0o777);
    expect(refusal(link)).toContain(`${join(base, 'open')} is writable by every user`);
    chmodSync(join(base, 'open'), 0o700);
    chmodSync(join(base, 'etc/salvor'), 0o777);
    expect(refusal(link)).toContain(`${join(base, 'etc/salvor')} is writable`);
  });

  it('not through circular links', () => {
    symlinkSync('b', join(base, 'a'));
    symlinkSync('a', join(base, 'b'));
    expect(refusal(join(base, 'a'))).toContain('symbolic links');
  });

  it('not if it belongs to another user than root and the caller', () => {
    // Everything here belongs to this process: for somebody else to a stranger, unless to root.
    const stranger = { uid: FRIEND };
    if (me === 0) {
      expect(refusal(file, stranger)).toBe('');
      chownSync(file, STRANGER, STRANGER);
    }
    expect(refusal(file, stranger)).toContain('belongs to user');
    expect(refusal(file, { uid: 0, sudoUid: me === 0 ? STRANGER : me })).toBe('');
  });

  it('not if any part of the path belongs to another user', () => {
    // Only root can give files away; for others the test above says it.
    if (me !== 0) return;
    for (const path of ['etc/salvor/salvor.yaml', 'etc/salvor', 'etc']) {
      chownSync(join(base, path), STRANGER, STRANGER);
      expect(refusal()).toContain(`${join(base, path)} belongs to user ${STRANGER}`);
      expect(refusal(file, callerOf({ SUDO_UID: String(STRANGER) }))).toBe('');
      chownSync(join(base, path), 0, 0);
    }
    const link = join(base, 'link.yaml');
    symlinkSync(file, link);
    lchownSync(link, STRANGER, STRANGER);
    expect(refusal(link)).toContain(`${link} belongs to user`);
  });

  it('SUDO_UID counts for root only, and only as a number', () => {
    expect(callerOf({ SUDO_UID: 'alice' }).sudoUid).toBeUndefined();
    expect(callerOf({ SUDO_UID: '1000' }).sudoUid).toBe(me === 0 ? 1000 : undefined);
  });
});

describe('the command line', () => {
  it('refuses with exit 2 before anything of it is used', async () => {
    writeFileSync(file, 'health: { webhook: "http://127.0.0.1:1/${SECRET}" }\n');
    chmodSync(join(base, 'etc/salvor'), 0o777);
    const { code, stderr } = await salvor(['watchdog'], { cwd: join(base, 'etc/salvor') });
    expect(code).toBe(2);
    expect(stderr).toContain('config.untrusted');
    expect(stderr).toContain('hint: check the contents of the file');
    expect(stderr).not.toContain('SECRET');
  });

  it('names a configuration that it found in the working directory, once; not with --quiet', async () => {
    const cwd = join(base, 'etc/salvor');
    const run = (args: string[], cwd = '/') => salvor(args, { cwd, ownProcess: true });
    const said = (await run(['watchdog'], cwd)).stderr;
    expect(said.split(`using ${file}, found in the working directory`)).toHaveLength(2);
    expect((await run(['watchdog', '--quiet'], cwd)).stderr).not.toContain('working directory');
    expect((await run(['watchdog', '--config', file])).stderr).not.toContain('working directory');
  });

  it('is the same for code within the program', () => {
    chmodSync(file, 0o666);
    expect(() => loadConfig(file)).toThrow('is not trusted');
  });
});
