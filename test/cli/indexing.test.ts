import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wordy } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { salvor } from '../support/cli.js';
import { MemoryCatalog, s3Environment, startTestS3 } from '../support/s3.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
let directory: string;
let archive: Buffer;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-cli-'));
  archive = gzipSync(
    await packTar([
      { name: './data/a.csv', content: 'a,b\n' },
      { name: 'data/b.csv', content: wordy(90_000, 1) },
    ]),
  );
  writeFileSync(join(directory, 'a.tar.gz'), archive);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (...args: string[]) => salvor(args, { cwd: directory });
const names = (): string[] => readdirSync(directory).sort();

function summaryOf(stdout: string): {
  exit_code: number;
  summary: Record<string, unknown>;
  findings: { code: string }[];
} {
  return JSON.parse(stdout);
}

describe('an archive on disk', () => {
  it('is built, checked and restored from', async () => {
    const built = await run('listings', 'build', 'a.tar.gz', '--json');
    expect(built.code).toBe(0);
    expect(summaryOf(built.stdout)).toMatchObject({ exit_code: 0, summary: { built: 1, members: 2 } });
    expect(names()).toEqual(['a.tar.gz', 'a.tar.gz.list.txt', 'a.tar.gz.salvor-index']);
    expect((await run('listings', 'check', 'a.tar.gz')).code).toBe(0);

    const restored = await run('restore', 'a.tar.gz', 'data/b.csv', '-o', 'out.csv', '--json');
    expect(restored.code).toBe(0);
    expect(summaryOf(restored.stdout).summary).toMatchObject({
      method: 'ranged',
      verified_by: 'sha256',
      size_bytes: 90_000,
    });
    expect(readFileSync(join(directory, 'out.csv')).equals(wordy(90_000, 1))).toBe(true);
    const shown = await run('restore', 'a.tar.gz', 'data/a.csv', '-o', '-');
    expect([shown.code, shown.stdout]).toEqual([0, 'a,b\n']);
    expect((await run('restore', 'a.tar.gz', 'data/a.csv')).code).toBe(0);
    expect(readFileSync(join(directory, 'a.csv'), 'utf8')).toBe('a,b\n');
  });

  it('is not checked if it cannot be read in time at the rate that is allowed', async () => {
    expect((await run('listings', 'build', 'a.tar.gz')).code).toBe(0);
    const checkAt = (rate: string) =>
      run(
        ...['listings', 'check', `file://${directory}/`, '--all', '--rate', rate],
        ...['--max-duration', '1s', '--no-registry', '--json'],
      );
    expect(summaryOf((await checkAt('1kB/s')).stdout)).toMatchObject({
      exit_code: 3,
      findings: [{ code: 'check.too_large' }],
    });
    const faster = await checkAt('1GB/s');
    expect(summaryOf(faster.stdout).summary).toMatchObject({ archives_total: 1, too_large: 0 });
  });

  it('is not the working directory if its name is empty', async () => {
    for (const words of [
      ['build', '--missing', ''],
      ['check', ''],
      ['build', ''],
    ]) {
      expect((await run('listings', ...words)).code, words.join(' ')).toBe(2);
    }
    expect(names()).toEqual(['a.tar.gz']);
  });

  it('exits with 1 for what it refuses, and with 2 for wrong usage', async () => {
    await run('listings', 'build', 'a.tar.gz');
    const again = await run('listings', 'build', 'a.tar.gz', '--json');
    expect(again.code).toBe(1);
    expect(summaryOf(again.stdout).findings).toMatchObject([{ code: 'sibling.exists' }]);
    const none = await run('restore', 'a.tar.gz', 'nothing', '--json');
    expect(none.code).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'member.not_found' } });
    expect((await run('listings', 'build', 'no.tar.gz')).code).toBe(3);
    expect((await run('listings', 'build', '.')).code).toBe(2);
    expect((await run('listings', 'build', 'a.tar.gz', '--upload', '--out', 'x')).code).toBe(2);
    expect((await run('restore', 'a.tar.gz', 'data/a.csv', '-o', '-', '--json')).code).toBe(2);
    expect((await run('restore', 'a.tar.gz', 'data/a.csv', '--occurrence', '0')).code).toBe(2);
    expect((await run('listings', 'tee', '--listing', 'l', '--json')).code).toBe(2);
  });

  it('gets what it lacks with --missing, except for the canary of the configuration', async () => {
    writeFileSync(join(directory, 'canary.tar.gz'), archive);
    writeFileSync(
      join(directory, 'salvor.yaml'),
      `backups: [ { url: "file://${directory}/", canary: canary.tar.gz } ]\n`,
    );
    const planned = await run('listings', 'build', '.', '--missing', '--dry-run', '--no-registry', '--json');
    expect(planned.code).toBe(0);
    expect(summaryOf(planned.stdout)).toMatchObject({
      summary: { planned: 1, canaries: 1 },
      findings: [{ code: 'listing.would_build' }],
    });
    expect((await run('listings', 'build', `file://${directory}/`, '--missing', '--no-registry')).code).toBe(
      0,
    );
    expect(names().filter((name) => name.endsWith('.list.txt'))).toEqual(['a.tar.gz.list.txt']);
    expect((await run('listings', 'check', `file://${directory}/`, '--all', '--no-registry')).code).toBe(0);
  });
});

describe('a build that is killed', () => {
  it('leaves no sibling, and the next build removes everything else', async () => {
    const large = gzipSync(await packTar([{ name: 'n', content: wordy(60_000_000, 1) }]), { level: 1 });
    writeFileSync(join(directory, 'large.tar.gz'), large);
    const working = (): string[] => names().filter((name) => name.startsWith('.salvor-work-'));
    const killed = await salvor(['listings', 'build', 'large.tar.gz'], {
      cwd: directory,
      started: (child) => {
        const poll = setInterval(() => {
          if (working().length === 0) return;
          clearInterval(poll);
          child.kill('SIGKILL');
        }, 1);
        child.on('close', () => clearInterval(poll));
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(working()).toHaveLength(1);
    expect(names().filter((name) => name.startsWith('large'))).toEqual(['large.tar.gz']);
    expect((await run('listings', 'build', 'large.tar.gz')).code).toBe(0);
    expect(names()).toEqual([
      'a.tar.gz',
      'large.tar.gz',
      'large.tar.gz.list.txt',
      'large.tar.gz.salvor-index',
    ]);
    expect((await run('listings', 'check', 'large.tar.gz')).code).toBe(0);
  });
});

describe('an archive in a pipe', () => {
  const tee = (input: Buffer, ...args: string[]) =>
    spawnSync(process.execPath, [main, 'listings', 'tee', ...args], {
      cwd: directory,
      input,
      maxBuffer: 1 << 28,
    });

  it('passes through unchanged, and gets its siblings', () => {
    const { status, stdout } = tee(
      archive,
      '--listing',
      'x.tar.gz.list.txt',
      '--index',
      'x.tar.gz.salvor-index',
    );
    expect(status).toBe(0);
    expect(stdout.equals(archive)).toBe(true);
    expect(names()).toEqual(['a.tar.gz', 'x.tar.gz.list.txt', 'x.tar.gz.salvor-index']);
  });

  it('passes through unchanged even if it is not an archive', () => {
    const input = wordy(3_000_000, 5);
    const { status, stdout, stderr } = tee(input, '--listing', 'x.list.txt', '--index', 'x.index');
    expect(status).toBe(3);
    expect(stdout.equals(input)).toBe(true);
    expect(stderr.toString()).toContain('tee.index_failed');
    expect(names()).toEqual(['a.tar.gz']);
  });

  it('leaves nothing behind when its reader goes away', () => {
    const script = `head -c 100000000 /dev/zero | "$0" "$1" listings tee --listing l --index i | head -c 10 >/dev/null; echo "\${PIPESTATUS[1]}"`;
    const status = execFileSync('bash', ['-c', script, process.execPath, main], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(status.toString().trim()).toBe('3');
    expect(names()).toEqual(['a.tar.gz']);
  });
});

describe('an archive in a bucket', () => {
  it('gets its listing and index next to it, and a member can be restored', async () => {
    const server = await startTestS3({ buckets: { bucket: new MemoryCatalog() } });
    try {
      await server.buckets.get('bucket')?.put?.('backups/host/a.tar.gz', archive);
      const env = s3Environment(server);
      const inBucket = (...args: string[]) => salvor([...args, '--path-style'], { cwd: directory, env });
      const built = await inBucket(
        'listings',
        'build',
        's3://bucket/backups/',
        '--missing',
        '--no-registry',
        '--json',
      );
      expect(built.code, built.stderr).toBe(0);
      const restored = await inBucket(
        'restore',
        's3://bucket/backups/host/a.tar.gz',
        './data/b.csv',
        '-o',
        'b.csv',
      );
      expect(restored.code, restored.stderr).toBe(0);
      expect(readFileSync(join(directory, 'b.csv')).equals(wordy(90_000, 1))).toBe(true);
      expect((await inBucket('listings', 'check', 's3://bucket/backups/host/a.tar.gz')).code).toBe(0);
      expect(
        (await inBucket('listings', 'build', 's3://bucket/backups/host/a.tar.gz', '--upload')).code,
      ).toBe(1);
      expect(
        (await inBucket('listings', 'build', 's3://bucket/backups/host/a.tar.gz', '--upload', '--replace'))
          .code,
      ).toBe(0);
    } finally {
      await server.close();
    }
  });
});
