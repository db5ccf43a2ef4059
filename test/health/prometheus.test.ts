import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { prometheusSink } from '../../src/health/prometheus.js';
import { ended, running } from './samples.js';

/** What happens between a process's look at the states and its replacing of the textfile, once each. */
const between: (() => Promise<void>)[] = [];
vi.mock('../../src/health/replace-file.js', async (original) => {
  const real = await original<typeof import('../../src/health/replace-file.js')>();
  const replaceFile: typeof real.replaceFile = async (path, text, mode) => {
    if (path.endsWith('.prom')) await between.shift()?.();
    await real.replaceFile(path, text, mode);
  };
  return { ...real, replaceFile };
});

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-prom-'));
  file = join(directory, 'salvor.prom');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const scopesIn = (text: string): string[] =>
  [...text.matchAll(/^salvor_run_exit_code\{.*scope="([^"]*)"/gm)].map((match) => match[1] ?? '').sort();

describe('prometheusSink', () => {
  it('writes a file that node_exporter may read, and leaves nothing else that it would', async () => {
    const umask = process.umask(0o077);
    try {
      await prometheusSink(file).write(ended());
    } finally {
      process.umask(umask);
    }
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory).sort()).toEqual(['salvor.prom', 'salvor.prom.d']);
    expect(readFileSync(file, 'utf8')).toContain('salvor_run_exit_code{');
  });

  it('keeps what other jobs, scopes and hosts have written', async () => {
    await prometheusSink(file).write(ended({ status: 'findings', exitCode: 1 }));
    await prometheusSink(file).write(ended({}, { job: 'checksums backfill' }));
    await prometheusSink(file).write(ended({}, { host: 'host-b' }));
    const text = readFileSync(file, 'utf8');
    expect(text.match(/^salvor_run_exit_code\{.*$/gm)).toHaveLength(3);
    expect(text).toMatch(/^salvor_run_exit_code\{check="listings verify",.*host="host-a"\} 1$/m);
  });

  it('loses nothing if many write at once', async () => {
    const scopes = Array.from({ length: 40 }, (_, i) => `s3://bucket/${String(i).padStart(2, '0')}/`);
    await Promise.all(scopes.map((scope) => prometheusSink(file).write(ended({}, { scope }))));
    expect(scopesIn(readFileSync(file, 'utf8'))).toEqual(scopes);
  });

  it('is not overwritten by a process that read before the others had written and replaces the file last', async () => {
    const other = (scope: string) => () => prometheusSink(file).write(ended({}, { scope }));
    between.push(other('s3://b/'), other('s3://c/'));
    await prometheusSink(file).write(ended({}, { scope: 's3://a/' }));
    expect(between).toEqual([]);
    expect(scopesIn(readFileSync(file, 'utf8'))).toEqual(['s3://a/', 's3://b/', 's3://c/']);
  });

  it('is completed by the next event if a process was killed before it replaced the file', async () => {
    await prometheusSink(file).write(ended({}, { scope: 's3://a/' }));
    const before = readFileSync(file);
    await prometheusSink(file).write(ended({}, { scope: 's3://b/' }));
    writeFileSync(file, before);
    await prometheusSink(file).write(running({ scope: 's3://c/' }));
    expect(scopesIn(readFileSync(file, 'utf8'))).toEqual(['s3://a/', 's3://b/']);
  });

  it('removes what a killed process left, once it is old', async () => {
    const [old, fresh] = ['.salvor.prom.1.aa.tmp', '.salvor.prom.2.bb.tmp'].map((name) =>
      join(directory, name),
    );
    for (const path of [old, fresh]) writeFileSync(path ?? '', '');
    utimesSync(old ?? '', 0, 0);
    await prometheusSink(file).write(running());
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual(['.salvor.prom.2.bb.tmp']);
  });

  it('starts over if its state is damaged, and names the file that cannot be written', async () => {
    await prometheusSink(file).write(ended());
    const state = join(`${file}.d`, readdirSync(`${file}.d`)[0] ?? '');
    writeFileSync(state, '{"job":');
    await prometheusSink(file).write(ended());
    expect(readFileSync(file, 'utf8')).toMatch(/^salvor_runs_total\{.*status="ok"\} 1$/m);
    const nowhere = join(directory, 'missing/salvor.prom');
    await expect(prometheusSink(nowhere).write(running())).rejects.toMatchObject({
      code: 'health.file_unwritable',
      message: expect.stringContaining(nowhere),
    });
  });
});
