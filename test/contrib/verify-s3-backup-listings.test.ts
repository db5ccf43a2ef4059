import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const wrapper = join(import.meta.dirname, '../../contrib/scidex/scripts/verify_s3_backup_listings');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-wrapper-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A `salvor` that does what the script says, first on the PATH. */
function environment(script: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const program = join(directory, 'salvor');
  writeFileSync(program, `#!${process.execPath}\n${script}\n`);
  chmodSync(program, 0o755);
  const path = `${directory}:/usr/bin:/bin:${dirname(process.execPath)}`;
  return { PATH: path, TMPDIR: directory, ...more };
}

function run(script: string, args: string[] = [], more: NodeJS.ProcessEnv = {}) {
  return spawnSync(wrapper, args, { env: environment(script, more), encoding: 'utf8' });
}

describe('verify_s3_backup_listings', () => {
  it.each([0, 1, 2, 3, 4, 130, 143])('ends with exit code %i when salvor does', (code) => {
    const { status, stdout } = run(`console.log('1 missing'); process.exitCode = ${code}`);
    expect({ status, stdout }).toEqual({ status: code, stdout: '1 missing\n' });
  });

  it('turns exit 0 without output into exit 3', () => {
    const { status, stderr } = run('process.exitCode = 0');
    expect(status).toBe(3);
    expect(stderr).toContain('no output, exit code 0');
  });

  it('keeps any other exit code if there was no output, and says so', () => {
    const { status, stderr } = run('process.exitCode = 4');
    expect(status).toBe(4);
    expect(stderr).toContain('no output, exit code 4');
  });

  it('is a failure where salvor was killed', () => {
    expect(run("console.log('half'); process.kill(process.pid, 'SIGKILL')").status).toBe(137);
  });

  it('ends with 3 where there is no salvor', () => {
    const { status, stderr } = run('', [], { SALVOR: '/nowhere/salvor' });
    expect(status).toBe(3);
    expect(stderr).toContain('/nowhere/salvor');
  });

  it('passes on its flags, the configuration and grace 0', () => {
    const { stdout } = run('console.log(JSON.stringify(process.argv.slice(2)))', ['--json', 'a b'], {
      SALVOR_CONFIG: '/some where/salvor.yaml',
    });
    expect(JSON.parse(stdout)).toEqual([
      'listings',
      'verify',
      '--config',
      '/some where/salvor.yaml',
      '--grace',
      '0',
      '--json',
      'a b',
    ]);
  });

  it('passes stderr through unchanged', () => {
    expect(run("console.error('talk'); console.log('x')").stderr).toBe('talk\n');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('passes %s on and waits for salvor to stop at its safe point', async (signal, code) => {
    const script = `
      process.on('${signal}', () => { console.log('stopped'); process.exit(${code}); });
      setInterval(() => {}, 1000);
      console.error('ready');`;
    const child = spawn(wrapper, [], { env: environment(script) });
    const ended = collect(child);
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill(signal);
    expect(await ended).toEqual({ status: code, stdout: 'stopped\n' });
  });

  it('leaves no temporary file behind', () => {
    run("console.log('x')");
    expect(readdirSync(directory)).toEqual(['salvor']);
  });
});

function collect(child: ChildProcess): Promise<{ status: number | null; stdout: string }> {
  let stdout = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout })));
}
