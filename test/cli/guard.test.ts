import { execFile, type StdioOptions, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** It answers at once, from the configuration alone. */
const ANSWER = 'systemd --after a.service --config answer.yaml';
writeFileSync(join(base, 'answer.yaml'), 'registry: { url: postgres://127.0.0.1:1/x }\n', { mode: 0o644 });
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

describe('an output that accepts nothing', () => {
  it.each([
    ['--json to a closed stdout', `$SALVOR ${ANSWER} --json >&-`],
    ['a text to a closed stdout', `$SALVOR ${ANSWER} >&-`],
    ['--version to a closed stdout', '$SALVOR --version >&-'],
    ['--help to a closed stdout', '$SALVOR listings --help >&-'],
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

  it.each(['2>&-', '2>/dev/full', '>&- 2>&-'])(
    'a failure with %s is reported by the exit code',
    async (how) => {
      expect((await sh(`$SALVOR ${NO_REGISTRY} ${how}`)).code).toBe(3);
    },
  );

  it('/dev/null is an output like any other: it accepts everything', async () => {
    for (const line of ['--version', ANSWER, `${ANSWER} --json`]) {
      expect((await sh(`$SALVOR ${line} >/dev/null`)).code).toBe(0);
    }
  });
});

describe('the launcher', () => {
  const main = join(root, 'dist/cli/main.js');

  /** The installed program, as another one starts it with an output that it does not want. */
  function started(stdio: StdioOptions, line = `${ANSWER} --json`): Promise<number | null> {
    const child = spawn(installed(), line.split(' '), { cwd: base, stdio });
    return new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
  }

  /** npm makes the program executable, and its name a link to it. */
  function installed(): string {
    const at = join(base, 'bin', 'salvor');
    if (existsSync(at)) return at;
    chmodSync(main, 0o755);
    mkdirSync(dirname(at));
    symlinkSync(main, at);
    return at;
  }

  it.each<[string, StdioOptions]>([
    ['everything', 'ignore'],
    ['stdout alone', ['pipe', 'ignore', 'pipe']],
    ['stdin and stdout', ['ignore', 'ignore', 'pipe']],
  ])('tells the /dev/null of a program that ignores %s from a closed stdout', async (_, stdio) => {
    expect(await started(stdio)).toBe(0);
  });

  it('without it, a program that ignores all output is served as well', async () => {
    const child = spawn(process.execPath, [main, ...`${ANSWER} --json`.split(' ')], {
      cwd: base,
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
  });

  it.each([ANSWER, `${ANSWER} --json`, '--version'])('%s to a closed stdout is exit 3', async (line) => {
    const { code, stderr } = await sh(`exec ${installed()} ${line} >&-`);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^salvor: output\.failed: stdout .*\n {2}hint: /m);
  });

  it('passes every argument unchanged, and what it found to no other program', async () => {
    const { stdout, stderr, code } = await sh(`${installed()} '--no such' 'a  b' '*'`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("unknown option '--no such'");
    const inherits = await sh('SALVOR_STDOUT=closed; export SALVOR_STDOUT; $SALVOR --version');
    expect(inherits.code).toBe(3);
    expect((await sh(`SALVOR_STDOUT=closed ${installed()} --version`)).code).toBe(0);
  });
});
