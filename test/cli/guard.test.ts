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
    ['a part of the program', 'dist/chunks/program.js'],
    ['a part that is loaded late', 'dist/chunks/runs.js'],
    ['every part', 'dist/chunks'],
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
    writeFileSync(join(at, 'dist/chunks/program.js'), 'export const commands = (');
    const { code, stderr } = await sh('$SALVOR --version', join(at, 'dist/cli/main.js'));
    expect(code).toBe(3);
    expect(stderr).toContain('salvor: host.installation: ');
  });
});

describe('a host that refuses', () => {
  // Below that Node cannot even read the first file; from some limit on the program gets as far as the registry.
  it('only a few open files: exit 3 at every limit, and the limit is named', async () => {
    const answers = await Promise.all(
      [20, 22, 26, 32, 40, 48, 64].map((limit) => sh(`ulimit -n ${limit}; $SALVOR ${NO_REGISTRY}`)),
    );
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 3));
    for (const { stderr } of answers) {
      expect(stderr).toMatch(/^salvor: (host\.exhausted|registry\.unavailable): /);
      expect(stderr).not.toContain('bug');
    }
    const refused = answers.filter(({ stderr }) => stderr.includes('host.exhausted'));
    expect(refused.length).toBeGreaterThan(0);
    for (const { stderr } of refused) expect(stderr).toContain('ulimit -n');
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
