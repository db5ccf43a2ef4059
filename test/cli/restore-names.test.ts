import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tarListing } from '../archive/support/gnu-tar.js';
import { packTar } from '../archive/support/pack.js';
import { salvor } from '../support/cli.js';
import { MemoryCatalog, s3Environment, startTestS3 } from '../support/s3.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-restore-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (...args: string[]) => salvor(args, { cwd: directory });

/** One member of this name, as bytes; the name's place in the header is overwritten. */
async function tarWithBytes(name: Buffer, content: string): Promise<Buffer> {
  const tar = Buffer.from(await packTar([{ name: 'x'.repeat(name.length), content }]));
  name.copy(tar, 0);
  tar.fill(' ', 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return tar;
}

const files = (): string[] => readdirSync(directory, { recursive: true }).map(String).sort();

async function archive(name: string, index: boolean, tar: Buffer): Promise<void> {
  writeFileSync(join(directory, name), gzipSync(tar));
  if (index) expect((await run('listings', 'build', name)).code).toBe(0);
}

describe('how a member is named', () => {
  const name = Buffer.from('n/caf\xe9.txt', 'latin1');

  it.each([true, false])('as its listing prints it, or as bytes (index: %s)', async (index) => {
    await archive('a.tar.gz', index, await tarWithBytes(name, 'coffee'));
    const flags = index ? [] : ['--stream'];
    for (const named of [['n/caf\\351.txt'], ['--name-bytes', name.toString('hex')]]) {
      const shown = await run('restore', 'a.tar.gz', ...named, '-o', '-', ...flags);
      expect([shown.code, shown.stdout]).toEqual([0, 'coffee']);
    }
    const own = await run('restore', 'a.tar.gz', 'n/caf\\351.txt', ...flags);
    expect(own.code).toBe(0);
    expect(
      readdirSync(Buffer.from(directory), { encoding: 'buffer' }).some((one) => one.equals(name.subarray(2))),
    ).toBe(true);
  });

  it.each([true, false])('literally, where a member has that very name (index: %s)', async (index) => {
    const entries = [
      { name: 'a\tb', content: 'a tab' },
      { name: 'a\\tb', content: 'a backslash' },
    ];
    await archive('a.tar.gz', index, await packTar(entries));
    const flags = index ? [] : ['--stream'];
    const shown = await run('restore', 'a.tar.gz', 'a\\tb', '-o', '-', ...flags);
    expect(shown.stdout).toBe('a backslash');
    await archive('b.tar.gz', index, await packTar(entries.slice(0, 1)));
    expect((await run('restore', 'b.tar.gz', 'a\\tb', '-o', '-', ...flags)).stdout).toBe('a tab');
  });
});

describe('what there is', () => {
  const entries = [
    { name: './data/a.csv', content: 'aaa' },
    { name: 'data/deep/b.csv', content: 'bb' },
    { name: 'data/c.txt', content: 'c' },
  ];

  it('is listed by the index, or by the listing of another program', async () => {
    await archive('a.tar.gz', true, await packTar(entries));
    const indexed = await run('restore', '--list', 'a.tar.gz', '**/*.csv', '--json');
    expect(JSON.parse(indexed.stdout).summary).toMatchObject({
      source: 'index',
      members_total: 3,
      matched: 2,
      members: [
        { name: 'data/a.csv', size_bytes: 3 },
        { name: 'data/deep/b.csv', size_bytes: 2 },
      ],
    });
    rmSync(join(directory, 'a.tar.gz.salvor-index'));
    writeFileSync(join(directory, 'a.tar.gz.list.txt'), tarListing(await packTar(entries)));
    const listed = await run('restore', '--list', 'a.tar.gz');
    expect(listed.code).toBe(0);
    expect(listed.stdout.split('\n').map((line) => line.split(/ +/).at(-1))).toEqual([
      'data/a.csv',
      'data/deep/b.csv',
      'data/c.txt',
      '',
    ]);
    expect((await run('restore', '--list', 'a.tar.gz', 'nothing*')).code).toBe(1);
    rmSync(join(directory, 'a.tar.gz.list.txt'));
    const none = await run('restore', '--list', 'a.tar.gz', '--json');
    expect([none.code, JSON.parse(none.stdout).error.code]).toEqual([3, 'restore.no_listing']);
  });

  it('shows its root as tar does', async () => {
    const tar = await packTar([{ name: './', type: 'directory' }, ...entries]);
    await archive('a.tar.gz', true, tar);
    const roots = async (): Promise<string[]> =>
      JSON.parse((await run('restore', '--list', 'a.tar.gz', '--json')).stdout).summary.members.flatMap(
        ({ name, kind }: { name: string; kind: string }) => (kind === 'directory' ? [name] : []),
      );
    expect(await roots()).toEqual(['./']);
    rmSync(join(directory, 'a.tar.gz.salvor-index'));
    expect(await roots()).toEqual(['./']);
  });

  it('is restored by names and globs into a directory, and replaces nothing', async () => {
    await archive('a.tar.gz', true, await packTar(entries));
    mkdirSync(join(directory, 'out'));
    const ran = await run('restore', '-C', 'out', 'a.tar.gz', 'data/**/*.csv', 'data/c.txt', '--json');
    expect([ran.code, JSON.parse(ran.stdout).summary.restored]).toEqual([0, 3]);
    expect(readFileSync(join(directory, 'out/data/deep/b.csv'), 'utf8')).toBe('bb');
    writeFileSync(join(directory, 'out/data/c.txt'), 'mine');
    rmSync(join(directory, 'out/data/a.csv'));
    const again = await run('restore', '-C', 'out', 'a.tar.gz', 'data/*.csv', 'data/c.txt', '--json');
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({
      summary: { restored: 1, failed: 1 },
      findings: [{ code: 'restore.exists' }],
    });
    expect(readFileSync(join(directory, 'out/data/c.txt'), 'utf8')).toBe('mine');
    expect((await run('restore', '-C', 'out', 'a.tar.gz', '*.none')).code).toBe(1);
    expect((await run('restore', 'a.tar.gz', 'data/a.csv', 'data/c.txt')).code).toBe(2);
    expect((await run('restore', 'a.tar.gz')).code).toBe(2);
  });

  it('never leaves the directory', async () => {
    const outside = [
      { name: '../escaped.csv', content: 'x' },
      { name: 'a/../../escaped.csv', content: 'x' },
      { name: 'link/escaped.csv', content: 'x' },
      { name: '/absolute.csv', content: 'inside' },
    ];
    await archive('a.tar.gz', true, await packTar(outside));
    mkdirSync(join(directory, 'out'));
    mkdirSync(join(directory, 'elsewhere'));
    symlinkSync('../elsewhere', join(directory, 'out/link'));
    const ran = await run('restore', '-C', 'out', 'a.tar.gz', ...outside.map(({ name }) => name), '--json');
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout).summary).toMatchObject({ restored: 1, failed: 3 });
    expect(files().filter((name) => name.includes('escaped'))).toEqual([]);
    expect(existsSync(join(directory, 'out/absolute.csv'))).toBe(true);
  });
});

it('a missing archive is exit 3 and is named, on a disk and in a store', async () => {
  const s3 = await startTestS3({ buckets: { demo: new MemoryCatalog() } });
  try {
    for (const flags of [[], ['--stream'], ['--list']]) {
      const args = [
        'restore',
        's3://demo/backups/nope.tar.gz',
        ...(flags[0] === '--list' ? [] : ['x']),
        ...flags,
      ];
      const ran = await salvor([...args, '--json'], { cwd: directory, env: s3Environment(s3) });
      expect([ran.code, JSON.parse(ran.stdout).error.code]).toEqual([3, 'archive.not_found']);
    }
    const local = await run('restore', 'nope.tar.gz', 'x', '--json');
    expect([local.code, JSON.parse(local.stdout).error.code]).toEqual([3, 'archive.not_found']);
  } finally {
    await s3.close();
  }
});
