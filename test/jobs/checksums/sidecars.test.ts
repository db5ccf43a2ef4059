import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files } from '../../../src/files/port.js';
import type { SidecarSource } from '../../../src/files/sidecars/source.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import { workerScript } from '../../files/support.js';
import { makeWorld, type Ran, type World } from './support.js';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const SHA256: SidecarSource = { sidecar: '.sha256', algorithm: 'sha256' };
const MD5: SidecarSource = { sidecar: '.md5', algorithm: 'md5' };
const SUMS: SidecarSource = { sidecar: 'SHA256SUMS', algorithm: 'sha256' };

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

async function plant(path: string, content: string): Promise<void> {
  await world.file(path, content);
  await world.row(path, path);
}

async function backfill(...sidecars: SidecarSource[]): Promise<Ran> {
  const files = await openFiles({ roots: [{ path: world.root }], threads: 1, workerScript, sidecars });
  return world.backfill({}, { files });
}

const tool = (name: string, args: readonly string[], at = world.root): string =>
  execFileSync(name, args, { cwd: at, encoding: 'utf8' });

const messages = ({ findings }: Ran): string[] => findings.map(({ message }) => message);

describe('digests in files next to the files', () => {
  it('find what was corrupted before adoption, name the place, and are journaled if they agree', async () => {
    await plant('runs/good.csv', 'good');
    await plant('runs/bad.csv', 'original');
    await plant('other/none.csv', 'no sidecar');
    for (const name of ['good.csv', 'bad.csv'])
      await world.file(`runs/${name}.sha256`, tool('sha256sum', [name], join(world.root, 'runs')));
    await world.file('runs/bad.csv', 'damaged!');
    await utimes(join(world.root, 'runs/bad.csv.sha256'), 1, 1);
    const ran = await backfill(SHA256);
    expect(ran.outcome).toMatchObject({ exitCode: 1, summary: { rows_updated: 2, drift_events: 1 } });
    expect(ran.findings).toMatchObject([
      {
        code: 'drift.detected',
        subject: 'runs/bad.csv',
        detail: {
          class: 'recorded',
          written: false,
          recorded_digests: `sha256:${sha256('original')}`,
          recorded_in: 'runs/bad.csv.sha256 (older than the file)',
        },
      },
    ]);
    expect(messages(ran)[0]).toContain(`sha256:${sha256('original')} (in runs/bad.csv.sha256`);
    expect(await world.metadata('runs/bad.csv')).toBe('{}');
    const evidence = async () =>
      (await world.journal.log({ artifactId: 'runs/good.csv' })).filter(({ reason }) =>
        reason?.includes(`sha256:${sha256('good')}, recorded earlier in runs/good.csv.sha256`),
      );
    expect(await evidence()).toHaveLength(1);
    await backfill(SHA256);
    expect(await evidence()).toHaveLength(1);
  });

  it('are read from lists in the directory or above it, with names that the tools escape', async () => {
    const names = ['a b.csv', 'new\nline.csv', 'back\\slash.csv', 'é.csv'];
    for (const name of names) await plant(`bag/data/${name}`, name);
    const bag = join(world.root, 'bag');
    await world.file('bag/data/SHA256SUMS', tool('sha256sum', ['-b', '--', ...names], join(bag, 'data')));
    await world.file(
      'bag/MD5SUMS',
      tool('md5sum', ['--tag', '--', ...names.map((name) => `data/${name}`)], bag),
    );
    const manifest = names.map((name) => `${sha256(name)} data/${name.replace('\n', '%0A')}\n`).join('');
    await world.file('bag/manifest-sha256.txt', manifest);
    const sources = [
      SUMS,
      { sidecar: 'MD5SUMS', algorithm: 'md5' },
      { sidecar: 'manifest-sha256.txt', algorithm: 'sha256' },
    ] as const;
    const ran = await backfill(...sources);
    expect(ran.findings).toEqual([]);
    expect(ran.outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: 4 } });
    for (const name of names) {
      const [entry] = await world.journal.log({ artifactId: `bag/data/${name}` });
      expect(entry?.reason).toContain(`md5:${md5(name)}`);
      for (const list of ['bag/data/SHA256SUMS', 'bag/MD5SUMS', 'bag/manifest-sha256.txt'])
        expect(entry?.reason).toContain(list);
    }
    for (const name of names) await world.file(`bag/data/${name}`, 'rotten');
    await world.sql(`update artifacts set metadata = '{}'`);
    expect((await backfill(...sources)).outcome.summary).toMatchObject({ drift_events: 4 });
  });

  it('that cannot be used are reported with the reason, and do not keep files from being hashed', async () => {
    const outside = join(tmpdir(), `salvor-outside-${process.pid}`);
    await writeFile(outside, `${sha256('x')}  link\n`);
    const cases: Record<string, () => Promise<unknown>> = {
      foreign: () => world.file('foreign.sha256', `${sha256('x')}  other.csv\n`),
      empty: () => world.file('empty.sha256', ''),
      huge: () => world.file('huge.sha256', 'x'.repeat(70_000)),
      html: () => world.file('html.sha256', '<html>not found</html>\n'),
      short: () => world.file('short.sha256', 'abcabcabcabcabcabcabcabcabc  short\n'),
      blake: () => world.file('blake.sha256', tool('b2sum', ['--tag', 'blake'])),
      link: () => symlink(outside, join(world.root, 'link.sha256')),
      directory: () => mkdir(join(world.root, 'directory.sha256')),
      fifo: () => Promise.resolve(execFileSync('mkfifo', [join(world.root, 'fifo.sha256')])),
    };
    for (const [name, make] of Object.entries(cases)) {
      await plant(name, 'x');
      await make();
    }
    const ran = await backfill(SHA256);
    await rm(outside);
    expect(ran.outcome).toMatchObject({ exitCode: 0, summary: { rows_updated: Object.keys(cases).length } });
    const said = Object.fromEntries(
      ran.findings.map(({ subject, message }) => [subject, message.split('was ignored: ')[1]]),
    );
    expect(said).toEqual({
      foreign: 'it is about another file ("other.csv")',
      empty: 'it is empty',
      huge: 'it has 70,000 bytes, more than 65,536',
      html: 'it has no valid line',
      short: expect.stringContaining('64 hex digits'),
      blake: 'BLAKE2b is not a supported algorithm',
      link: 'a link in the path leads outside the root',
      directory: 'it is a directory',
      fifo: 'it is a FIFO',
    });
    expect(new Set(ran.findings.map(({ code }) => code))).toEqual(new Set(['digest.malformed']));
  });

  it('that may not be read are reported, whoever runs the test', async () => {
    await plant('a', 'x');
    const list = await world.file('SHA256SUMS', `${sha256('y')}  a\n`);
    await chmod(list, 0);
    const ran = await backfill(SUMS);
    // Root reads it, and finds the drift.
    expect(messages(ran)[0]).toMatch(
      /SHA256SUMS that was ignored: it cannot be read \(EACCES\)|drift \(recorded\)/,
    );
  });

  it('that do not name a file are not reported for it, unless they have unreadable lines', async () => {
    await plant('a', 'x');
    await world.file('SHA256SUMS', `${sha256('y')}  b\n`);
    expect((await backfill(SUMS)).findings).toEqual([]);
    await world.sql(`update artifacts set metadata = '{}'`);
    await world.file('SHA256SUMS', `${sha256('y')}  b\ngarbage\n`);
    expect(messages(await backfill(SUMS))).toEqual([
      expect.stringContaining('it does not name this file, and 1 line cannot be read'),
    ]);
  });

  it('that disagree with each other or with the row are reported, and the row is held', async () => {
    await plant('a', 'x');
    await world.file('a.sha256', sha256('x'));
    await world.file('a.md5', md5('y'));
    const ran = await backfill(SHA256, MD5);
    expect(ran.findings.map(({ code }) => code).sort()).toEqual(['digest.disagree', 'drift.detected']);
    expect(await world.drift.list({})).toMatchObject([
      { class: 'recorded', recordedDigests: `md5:${md5('y')}` },
    ]);
  });

  it('of other types are ignored', async () => {
    await plant('a', 'x');
    await world.file('a.md5', md5('y'));
    expect((await backfill({ ...MD5, types: ['figure'] })).findings).toEqual([]);
  });

  it('that are replaced together with their file are no drift', async () => {
    await plant('a', 'old');
    await world.file('a.md5', md5('old'));
    const files = await openFiles({
      roots: [{ path: world.root }],
      threads: 1,
      workerScript,
      sidecars: [MD5],
    });
    let asked = 0;
    const replacing: Files = {
      roots: files.roots,
      get bytesRead() {
        return files.bytesRead;
      },
      checkRoots: () => files.checkRoots(),
      locate: (requests) => files.locate(requests),
      setRate: () => undefined,
      stop: () => files.stop(),
      close: () => files.close(),
      hash: (file, algorithms, part) => files.hash(file, algorithms, part),
      sidecars: async (requests) => {
        const answers = await files.sidecars(requests);
        asked += 1;
        if (asked === 1) {
          await world.file('a', 'new');
          await world.file('a.md5', md5('new'));
        }
        return answers;
      },
    };
    const ran = await world.backfill({}, { files: replacing });
    expect(ran.outcome.summary).toMatchObject({ drift_events: 0, rows_unstable: 1 });
    expect((await backfill(MD5)).outcome.summary).toMatchObject({ rows_updated: 1, drift_open: 0 });
  });

  it('may be UTF-16 with a byte order mark, as PowerShell writes them', async () => {
    await plant('a', 'x');
    await world.file('a.sha256', Buffer.from(`\ufeff${sha256('x').toUpperCase()}\r\n`, 'utf16le'));
    const ran = await backfill(SHA256);
    expect(ran.findings).toEqual([]);
    expect((await world.journal.log({ artifactId: 'a' }))[0]?.reason).toContain('a.sha256');
  });

  it('that are older than a file that agrees are evidence all the same', async () => {
    await plant('a', 'x');
    await utimes(await world.file('a.md5', md5('x')), 1, 1);
    const ran = await backfill(MD5);
    expect(ran.findings).toEqual([]);
    expect((await world.journal.log({ artifactId: 'a' }))[0]?.reason).toContain(md5('x'));
  });
});
