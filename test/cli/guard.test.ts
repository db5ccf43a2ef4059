import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const base = mkdtempSync(join(tmpdir(), 'salvor-guard-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Runs a shell's line, in which $SALVOR is the program. */
function sh(line: string, program = join(root, 'dist/cli/main.js')) {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', SALVOR: `${process.execPath} ${program}` };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile('sh', ['-c', line], { cwd: base, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** An installation of its own, from which something can be taken away. */
function installation(name: string): string {
  const at = join(base, name);
  mkdirSync(at);
  cpSync(join(root, 'dist'), join(at, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(at, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'));
  return at;
}

const NO_REGISTRY = 'runs list --registry postgres://127.0.0.1:1/x';

describe('a broken installation', () => {
  it.each([
    ['a module of the program', 'dist/cli/program.js'],
    ['a module that is loaded late', 'dist/cli/operate/runs.js'],
    ['every package', 'node_modules'],
  ])('without %s is exit 3, and says what to do', async (name, path) => {
    const at = installation(name.replaceAll(' ', '-'));
    rmSync(join(at, path), { recursive: true });
    const { code, stdout, stderr } = await sh(`$SALVOR ${NO_REGISTRY}`, join(at, 'dist/cli/main.js'));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('salvor: host.installation: ');
    expect(stderr).toContain('hint: install salvor again');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('with a module that cannot be parsed is exit 3', async () => {
    const at = installation('unparsable');
    writeFileSync(join(at, 'dist/cli/commands.js'), 'export const commands = (');
    const { code, stderr } = await sh('$SALVOR --version', join(at, 'dist/cli/main.js'));
    expect(code).toBe(3);
    expect(stderr).toContain('salvor: host.installation: ');
  });
});

describe('a host that refuses', () => {
  // Below that Node cannot even read the first file.
  it.each([20, 22, 26, 32, 40, 48, 64])('more than %i open files: exit 3', async (limit) => {
    const { code, stderr } = await sh(`ulimit -n ${limit}; $SALVOR ${NO_REGISTRY}`);
    expect(code).toBe(3);
    expect(stderr).toContain('salvor: host.exhausted: ');
    expect(stderr).toContain('ulimit -n');
    expect(stderr).not.toContain('bug');
  });
});

describe('an output that takes nothing', () => {
  it.each([
    ['--json to a closed stdout', `$SALVOR systemd --json >&-`],
    ['--json to a full disk', `$SALVOR ${NO_REGISTRY} --json >/dev/full`],
    ['--version to a full disk', '$SALVOR --version >/dev/full'],
    ['--help to a full disk', '$SALVOR --help >/dev/full'],
    ['tee to a closed stdout', `echo junk | $SALVOR listings tee --listing l.list.txt >&-`],
    ['tee to a full disk', `echo junk | $SALVOR listings tee --listing l.list.txt >/dev/full`],
  ])('%s is exit 3', async (_, line) => {
    const { code, stderr } = await sh(line);
    expect(code).toBe(3);
    expect(stderr).toMatch(/salvor: [a-z]+\.[a-z_]+: .*\n {2}hint: /);
  });

  it.each(['2>&-', '2>/dev/full', '>&- 2>&-'])('a failure with %s is told by the exit code', async (how) => {
    expect((await sh(`$SALVOR ${NO_REGISTRY} ${how}`)).code).toBe(3);
  });

  it('/dev/null is an output like any other: it takes everything', async () => {
    expect((await sh('$SALVOR --version >/dev/null')).code).toBe(0);
  });
});
