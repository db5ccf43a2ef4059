import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/bytes.js';
import { openLister, openReader, openWriter } from '../../../src/objectstore/open.js';
import type { ListRange } from '../../../src/objectstore/port.js';
import { caseCount } from '../../support/property-runs.js';

let base: string;
let root: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'salvor-walk-'));
  root = join(base, 'store');
  await mkdir(root);
});

afterEach(() => rm(base, { recursive: true }));

async function plant(key: string, under = root): Promise<void> {
  await mkdir(dirname(join(under, key)), { recursive: true });
  await writeFile(join(under, key), key);
}

async function keysOf(directory: string, range?: ListRange): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of openLister(`file://${directory}`).list(range)) {
    keys.push(...page.objects.map((object) => object.key));
  }
  return keys;
}

const code = (name: string): unknown => expect.objectContaining({ name: 'Failure', code: name });

describe('a directory as a store', () => {
  it('lists any tree in the byte order of whole keys, and any range of it', async () => {
    const part = fc.constantFrom('a', 'a.tar', 'a-', 'a0', 'b', 'é', '\uffee', '😀', ' ');
    const keys = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 4 }), {
      maxLength: 20,
      selector: (parts) => parts.join('/'),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.array(part, { maxLength: 4 }),
        fc.array(part, { maxLength: 4 }),
        async (all, from, to) => {
          run += 1;
          const paths = all.map((parts) => parts.join('/'));
          // A path cannot be both a file and a directory.
          const files = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
          const directory = join(base, String(run));
          await mkdir(directory);
          for (const file of files) await plant(file, directory);
          const sorted = [...files].sort(compareUtf8);
          expect(await keysOf(directory)).toEqual(sorted);
          const [startAfter, endAt] = [from.join('/'), to.join('/')];
          const inside = sorted.filter(
            (key) => compareUtf8(key, startAfter) > 0 && compareUtf8(key, endAt) <= 0,
          );
          expect(await keysOf(directory, { startAfter, endAt })).toEqual(inside);
        },
      ),
      { numRuns: caseCount(60) },
    );
  });

  it('does not read directories that lie wholly before a range', async () => {
    for (const key of ['a/1', 'b/1', 'c/1', 'd/1']) await plant(key);
    const lister = openLister(`file://${root}`);
    for await (const page of lister.list({ startAfter: 'c', endAt: 'c/2' }))
      expect(page.objects).toHaveLength(1);
    expect(lister.requests).toBe(2);
  });

  it('contains only regular files: symbolic links are neither listed nor read, wherever they lead', async () => {
    await writeFile(join(base, 'secret'), 'outside');
    await mkdir(join(base, 'elsewhere'));
    await writeFile(join(base, 'elsewhere/x'), 'outside');
    await plant('real');
    await symlink('real', join(root, 'inside'));
    await symlink(join(base, 'secret'), join(root, 'out'));
    await symlink(join(base, 'elsewhere'), join(root, 'dir'));
    await symlink('nowhere', join(root, 'dangling'));
    expect(await keysOf(root)).toEqual(['real']);
    const reader = openReader(`file://${root}`);
    for (const key of [
      'inside',
      'out',
      'dir/x',
      'dangling',
      '../secret',
      'a/../../secret',
      '/etc/passwd',
      '',
      '.',
    ]) {
      await expect(reader.get(key), key).rejects.toEqual(code('store.not_found'));
    }
  });

  it('never writes through a symbolic link or outside the directory', async () => {
    await mkdir(join(base, 'elsewhere'));
    await symlink(join(base, 'elsewhere'), join(root, 'dir'));
    const writer = openWriter(`file://${root}`);
    for (const key of ['dir/x', 'dir/y/z', '../x', 'a/../../x']) {
      await expect(writer.putFile(key, import.meta.filename), key).rejects.toMatchObject({ name: 'Failure' });
    }
    expect(await keysOf(join(base, 'elsewhere'))).toEqual([]);
  });

  it('leaves nothing behind when it refuses to replace', async () => {
    await plant('deep/er/file');
    const writer = openWriter(`file://${root}`);
    await expect(writer.putFile('deep/er/file', import.meta.filename)).rejects.toEqual(code('store.exists'));
    expect(await keysOf(root)).toEqual(['deep/er/file']);
  });

  it('that does not exist is unavailable, never empty', async () => {
    await expect(keysOf(join(base, 'none'))).rejects.toEqual(code('store.unavailable'));
    await expect(openReader(`file://${base}/none`).get('x')).rejects.toEqual(code('store.unavailable'));
    await plant('file');
    await expect(keysOf(join(root, 'file'))).rejects.toEqual(code('store.unavailable'));
  });

  it('with a name that is not UTF-8 is refused as a whole, not listed without it', async () => {
    await plant('good');
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff, 0x64])]), 'x');
    await expect(keysOf(root)).rejects.toEqual(code('store.bad_name'));
  });

  it('whose file changes during the read reports it', async () => {
    await writeFile(join(root, 'f'), Buffer.alloc(1_000_000));
    const { body } = await openReader(`file://${root}`).get('f');
    const read = async (): Promise<void> => {
      for await (const _chunk of body) await utimes(join(root, 'f'), 1, 1);
    };
    await expect(read()).rejects.toEqual(code('store.precondition_failed'));
  });
});
