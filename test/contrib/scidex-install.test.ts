import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../..');
let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-kit-'));
  mkdirSync(join(base, 'stubs'));
  mkdirSync(join(base, 'root/usr/bin'), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function stub(name: string, body: string): void {
  writeFileSync(join(base, 'stubs', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

it('the shell block of the README may be run twice: no link to itself, no emptied secrets, no lost edits', () => {
  const readme = readFileSync(join(repository, 'contrib/scidex/README.md'), 'utf8');
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(block).toContain('npm ci');
  const root = join(base, 'root');
  // An npm whose prefix is /usr, as Debian has it, puts the program where the link would go.
  stub(
    'npm',
    `case "$1" in pack) echo salvor-1.0.0.tgz ;; install) : >"${root}/usr/bin/salvor"; chmod 755 "${root}/usr/bin/salvor" ;; esac`,
  );
  for (const name of ['useradd', 'systemctl']) stub(name, ':');
  const env = { PATH: `${join(base, 'stubs')}:${root}/usr/bin:${process.env.PATH}`, DESTDIR: root };
  // The group is not on this machine.
  const script = `set -eu\n${block.replaceAll('-g salvor ', '')}`;
  const run = () => execFileSync('sh', ['-c', script], { cwd: repository, env, stdio: 'pipe' });
  run();
  expect(statSync(join(root, 'etc/salvor/salvor.env')).mode & 0o777).toBe(0o600);
  writeFileSync(join(root, 'etc/salvor/salvor.env'), 'PGPASSWORD=x\n');
  writeFileSync(join(root, 'etc/salvor/salvor.yaml'), 'profile: scidex\n');
  run();
  expect(lstatSync(join(root, 'usr/bin/salvor')).isSymbolicLink()).toBe(false);
  expect(readFileSync(join(root, 'etc/salvor/salvor.env'), 'utf8')).toBe('PGPASSWORD=x\n');
  expect(readFileSync(join(root, 'etc/salvor/salvor.yaml'), 'utf8')).toBe('profile: scidex\n');
  expect(statSync(join(root, 'etc/systemd/system/salvor-watchdog.timer')).isFile()).toBe(true);
});
