import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files, Location, Root } from '../../src/files/port.js';
import { type FilesOptions, openFiles } from '../../src/files/thread-pool.js';
import { workerScript } from './support.js';

let base: string;
let opened: Files[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-pool-'));
  opened = [];
});
afterEach(async () => {
  for (const files of opened) await files.close();
  rmSync(base, { recursive: true, force: true });
});

async function open(roots: Root[], options: Partial<FilesOptions> = {}): Promise<Files> {
  const files = await openFiles({ roots, threads: 2, workerScript, ...options });
  opened.push(files);
  return files;
}

function makeRoot(name: string, contents: Record<string, string>): string {
  const path = join(base, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(contents)) writeFileSync(join(path, file), content);
  return path;
}

async function hashAt(files: Files, location: Location | undefined) {
  if (location?.kind !== 'file') throw new Error(`no file but ${location?.kind}`);
  return files.hash(location.file);
}

describe('reading on threads', () => {
  it('gives every file its own digest, in whatever order the reads end', async () => {
    const contents = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`f${i}`, `${i}`.repeat(1 + (i % 50) * 997)]),
    );
    const files = await open([{ path: makeRoot('root', contents) }]);
    const names = Object.keys(contents);
    const locations = await files.locate(names.map((path) => ({ type: null, path })));
    const results = await Promise.all(locations.map((location) => hashAt(files, location)));
    expect(results.map((result) => (result.kind === 'hashed' ? result.sha256 : result.kind))).toEqual(
      names.map((name) =>
        createHash('sha256')
          .update(contents[name] ?? '')
          .digest('hex'),
      ),
    );
    expect(files.bytesRead).toBe(Object.values(contents).join('').length);
  });

  it('ends all reads when it is stopped, also those that wait for the rate limit', async () => {
    const files = await open([{ path: makeRoot('root', { a: 'x'.repeat(1e6), b: 'y', c: 'z' }) }], {
      bytesPerSecond: 1,
    });
    const locations = await files.locate(['a', 'b', 'c'].map((path) => ({ type: null, path })));
    const reads = locations.map((location) => hashAt(files, location));
    files.stop();
    for (const read of reads) expect(await read).toEqual({ kind: 'stopped' });
    expect(await hashAt(files, locations[0])).toEqual({ kind: 'stopped' });
  });
});

describe('threads', () => {
  async function startedBy(work: () => Promise<void>): Promise<number> {
    let started = 0;
    const count = (): void => {
      started += 1;
    };
    process.on('worker', count);
    await work().finally(() => process.off('worker', count));
    return started;
  }

  /** Another script is another kind of thread: none of it is left from other tests. */
  const ownScript = (): URL => new URL(`?${base}`, workerScript);

  async function readAll(path: string, files: Files): Promise<string[]> {
    const locations = await files.locate(readdirSync(path).map((name) => ({ type: null, path: name })));
    const results = await Promise.all(locations.map((location) => hashAt(files, location)));
    await files.close();
    return results.map(({ kind }) => kind);
  }

  it('are as many as there is to read for: a few files need one', async () => {
    const few = makeRoot('few', { a: '1', b: '2', c: '3' });
    const many = makeRoot('many', Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, 'x'])));
    const large = makeRoot('large', { a: 'x'.repeat(9e6), b: 'y' });
    // One more resolves paths.
    for (const [path, threads] of [
      [few, 2],
      [many, 3],
      [large, 3],
    ] as const) {
      const script = new URL(`?${path}`, workerScript);
      const files = await open([{ path }], { workerScript: script });
      expect(await startedBy(async () => void (await readAll(path, files)))).toBe(threads);
    }
  });

  it('serve one run after another, each with its own roots', async () => {
    const workerScript = ownScript();
    const [first, second] = [makeRoot('first', { a: '1' }), makeRoot('second', { b: '2', c: '3' })];
    const read = async (path: string): Promise<void> => {
      const kinds = await readAll(path, await open([{ path }], { workerScript }));
      expect(kinds).toEqual(readdirSync(path).map(() => 'hashed'));
    };
    expect(await startedBy(() => read(first))).toBe(2);
    expect(await startedBy(() => read(second))).toBe(0);
    const files = await open([{ path: second }], { workerScript });
    expect((await files.locate([{ type: null, path: 'a' }]))[0]?.kind).toBe('no_file');
    await files.close();
  });

  it('that have not answered are ended, not given to the next run', async () => {
    const workerScript = ownScript();
    const path = makeRoot('root', { a: 'x'.repeat(1e6) });
    const slow = await open([{ path }], { workerScript, bytesPerSecond: 1 });
    const [location] = await slow.locate([{ type: null, path: 'a' }]);
    const read = hashAt(slow, location).catch(() => ({ kind: 'closed' }));
    await Promise.resolve();
    await slow.close();
    expect(['closed', 'stopped']).toContain((await read).kind);
    const files = await open([{ path }], { workerScript });
    const started = await startedBy(async () => expect(await readAll(path, files)).toEqual(['hashed']));
    expect(started).toBe(1);
  });
});

describe('an absolute path is compared by what it resolves to', () => {
  it('with a root that is a link and the real path in the row, and the other way round', async () => {
    const real = makeRoot('real', { 'a.csv': 'a' });
    mkdirSync(join(real, 'sub'));
    writeFileSync(join(real, 'sub', 'b.csv'), 'b');
    const link = join(base, 'link');
    symlinkSync(real, link);
    writeFileSync(join(base, 'secret'), 'x');
    symlinkSync(join(base, 'secret'), join(real, 'out'));
    for (const [root, other] of [
      [link, real],
      [real, link],
    ] as const) {
      const files = await open([{ path: root }]);
      const kinds = await files.locate(
        [
          join(other, 'a.csv'),
          join(other, 'sub/b.csv'),
          join(root, 'a.csv'),
          join(other, 'sub/gone/c.csv'),
          join(other, 'out'),
          join(base, 'secret'),
          `${other}/sub/../a.csv`,
          '/nowhere/at/all',
        ].map((path) => ({ type: null, path })),
      );
      expect(kinds.map(({ kind }) => kind)).toEqual([
        'file',
        'file',
        'file',
        'no_file',
        'outside_root',
        'outside_root',
        'outside_root',
        'outside_root',
      ]);
    }
  });
});

describe('several roots', () => {
  it('one file, or different files, or none', async () => {
    const first = makeRoot('first', { both: '1', one: '1' });
    const second = makeRoot('second', { both: '2', two: '2' });
    const files = await open([{ path: first }, { path: second }]);
    const found = await files.locate(['both', 'one', 'two', 'none'].map((path) => ({ type: null, path })));
    expect(found.map((location) => location.kind)).toEqual(['several', 'file', 'file', 'no_file']);
    expect(found[2]).toMatchObject({ file: { root: 1 } });
  });

  it('the same file by two roots is one file', async () => {
    const outer = makeRoot('outer', {});
    mkdirSync(join(outer, 'inner'));
    writeFileSync(join(outer, 'inner', 'a'), 'x');
    const files = await open([{ path: outer }, { path: join(outer, 'inner'), strip: 'inner/' }]);
    expect((await files.locate([{ type: null, path: 'inner/a' }]))[0]?.kind).toBe('file');
  });
});

describe('missing roots', () => {
  it.each<[string, (path: string) => Root, RegExp]>([
    ['a missing one', (path) => ({ path: `${path}/gone` }), /ENOENT/],
    ['a file', (path) => ({ path: `${path}/a` }), /is not a directory/],
    ['an empty one', (path) => ({ path: `${path}/empty` }), /is empty/],
    ['one without its sentinel', (path) => ({ path, sentinel: '.git' }), /has no sentinel/],
  ])('refuses %s', async (_, root, message) => {
    const path = makeRoot('root', { a: 'x' });
    mkdirSync(join(path, 'empty'));
    await expect(openFiles({ roots: [root(path)], workerScript })).rejects.toMatchObject({
      code: 'root.unavailable',
      exitCode: 3,
      message: expect.stringMatching(message),
    });
  });

  it('notices a root that is unmounted or replaced later', async () => {
    const path = makeRoot('root', { a: 'x' });
    const files = await open([{ path }]);
    await files.checkRoots();
    renameSync(path, join(base, 'elsewhere'));
    mkdirSync(path);
    await expect(files.checkRoots()).rejects.toMatchObject({ message: expect.stringMatching(/is empty/) });
    writeFileSync(join(path, 'b'), 'y');
    await expect(files.checkRoots()).rejects.toMatchObject({
      message: expect.stringMatching(/a different directory/),
    });
  });
});
