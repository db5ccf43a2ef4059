import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveRef } from '../../../src/jobs/indexing/archive-ref.js';
import { withinFolders } from '../../../src/jobs/indexing/restore/below.js';
import { listMembers } from '../../../src/jobs/indexing/restore/member-list.js';
import { restoreMany } from '../../../src/jobs/indexing/restore/restore-many.js';
import { noise, wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { decode, decodeFrames } from '../../support/decoders.js';
import { build, TestStore } from './support.js';

let place: TestStore;
let out: string;
beforeEach(() => {
  place = new TestStore();
  out = join(place.directory, 'out');
  mkdirSync(out);
});
afterEach(() => place.remove());

function restoreAll(archive: ArchiveRef, members: readonly string[], allowUnverified = false) {
  return restoreMany(
    archive,
    { members, directory: out, stream: true, occurrence: undefined, allowUnverified },
    { decode, decodeFrames, stdout: async () => undefined },
  );
}

const read = (name: string): string => readFileSync(join(out, name), 'latin1');

describe('several members of an archive without an index', () => {
  it('come back in one pass, however many there are, the last of each name', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `d${i % 7}/f${i}`);
    const tar = await packTar([
      { name: 'd0/f0', content: 'an earlier one' },
      ...names.map((name, i) => ({ name, content: noise(1000 + i, i) })),
    ]);
    const archive = place.put('a.tar.gz', gzipSync(tar));
    const { restored, failed } = await restoreAll(archive, [...names, 'd0/none']);
    expect(failed.map(({ failure }) => failure.code)).toEqual(['member.not_found']);
    expect(restored.reduce((sum, one) => sum + one.requests, 0)).toBe(1);
    for (const [i, name] of names.entries()) expect(read(name)).toBe(noise(1000 + i, i).toString('latin1'));
    expect(readdirSync(out).sort()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']);
  });

  it('follow their hard links in one more pass, and circles end', async () => {
    const tar = await packTar([
      { name: 'a', content: 'first' },
      { name: 'l1', type: 'link', linkname: 'a' },
      { name: 'l2', type: 'link', linkname: 'a' },
      { name: 'a', content: 'second' },
      { name: 'self', type: 'link', linkname: 'self' },
      { name: 's', type: 'symlink', linkname: 'a' },
      { name: 'c0', content: 'end' },
      ...Array.from({ length: 40 }, (_, i) => ({
        name: `c${i + 1}`,
        type: 'link' as const,
        linkname: `c${i}`,
      })),
    ]);
    const archive = place.put('a.tar.gz', gzipSync(tar));
    const { restored, failed } = await restoreAll(archive, ['a', 'l1', 'l2', 'self', 's']);
    expect([read('a'), read('l1'), read('l2')]).toEqual(['second', 'first', 'first']);
    expect(restored[0]?.requests).toBe(2);
    const { failed: chain } = await restoreAll(archive, ['c40']);
    expect(chain[0]?.failure.message).toContain('more than 16 members');
    expect(failed.map(({ member, failure }) => [member, failure.code])).toEqual([
      ['self', 'member.not_found'],
      ['s', 'member.not_regular'],
    ]);
  });

  it('are those before the fault where the archive is damaged, each with what proves it', async () => {
    const tar = await packTar(
      ['one', 'two', 'three'].map((name, i) => ({ name, content: wordy(50_000, i) })),
    );
    const archive = place.put('a.tar', tar.subarray(0, 120_000));
    const refused = await restoreAll(archive, ['one', 'two', 'three']);
    expect(refused.failed.map(({ failure }) => failure.code)).toEqual([
      'member.unverified',
      'member.unverified',
      'archive.truncated',
    ]);
    expect(readdirSync(out)).toEqual([]);
    const allowed = await restoreAll(archive, ['one', 'two', 'three'], true);
    expect(allowed.restored.map(({ member }) => member)).toEqual(['one', 'two']);
    expect(read('two')).toBe(wordy(50_000, 1).toString('latin1'));
  });

  it('are all of them by a glob, whole or damaged at the start, in the middle, or at the end', async () => {
    const names = ['one', 'sub/two', 'three'];
    const tar = await packTar(names.map((name, i) => ({ name, content: noise(3000, i) })));
    const damaged = (at: number): Buffer => {
      const bytes = Buffer.from(tar);
      bytes.fill(0xa7, at, at + 512);
      return bytes;
    };
    const next = 512 + 3072;
    const cases: [string, Buffer, string[], string[]][] = [
      ['whole', tar, names, []],
      ['start', damaged(0), ['sub/two', 'three'], []],
      ['middle', damaged(next), ['one', 'three'], []],
      ['end', tar.subarray(0, next * 2 + 1000), ['one', 'sub/two'], ['archive.truncated']],
    ];
    for (const [what, bytes, whole, codes] of cases) {
      out = join(place.directory, what);
      mkdirSync(out);
      const archive = place.put(`${what}.tar`, bytes);
      const { restored, failed } = await restoreAll(archive, ['**'], true);
      expect(restored.map(({ member }) => member).sort(), what).toEqual([...whole].sort());
      expect(failed.map(({ failure }) => failure.code)).toEqual(codes);
      for (const name of whole) expect(read(name)).toBe(noise(3000, names.indexOf(name)).toString('latin1'));
      const list = await listMembers(archive, { scan: decode });
      expect(list.source).toBe('archive');
      expect(list.findings().map(({ code }) => code)).toEqual(
        what === 'whole' ? [] : [what === 'end' ? 'archive.truncated' : 'archive.corrupt'],
      );
    }
  });

  it('replace nothing, and are written nowhere else', async () => {
    writeFileSync(join(out, 'there'), 'mine');
    mkdirSync(join(place.directory, 'elsewhere'));
    symlinkSync('../elsewhere', join(out, 'link'));
    const names = ['there', '../up', 'link/in', 'fine'];
    const archive = place.put(
      'a.tar.gz',
      gzipSync(await packTar(names.map((name) => ({ name, content: 'x' })))),
    );
    const { failed } = await restoreAll(archive, names);
    expect(failed.map(({ failure }) => failure.code)).toEqual([
      'restore.exists',
      'restore.unsafe_name',
      'restore.unsafe_name',
    ]);
    expect([read('there'), read('fine')]).toEqual(['mine', 'x']);
    expect(readdirSync(join(place.directory, 'elsewhere'))).toEqual([]);
  });
});

it('a folder that is replaced by a link while a member is placed is not followed', () => {
  const elsewhere = join(place.directory, 'elsewhere');
  mkdirSync(elsewhere);
  withinFolders(out, 'a/b/file', (path) => {
    renameSync(join(out, 'a'), join(out, 'moved'));
    symlinkSync(elsewhere, join(out, 'a'));
    mkdirSync(join(elsewhere, 'b'));
    writeFileSync(path, 'content', { flag: 'wx' });
  });
  expect(existsSync(join(elsewhere, 'b/file'))).toBe(false);
  expect(read('moved/b/file')).toBe('content');
  expect(() => withinFolders(out, 'a/b/file', () => undefined)).toThrow(/not a directory/);
});

describe('several members of an archive with an index', () => {
  const names = Array.from({ length: 90 }, (_, i) => `d/f${String(i).padStart(3, '0')}`);

  async function indexed(): Promise<ArchiveRef> {
    const tar = await packTar(names.map((name, i) => ({ name, content: noise(3000, i) })));
    const archive = place.put('a.tar.gz', gzipSync(tar));
    await build({ kind: 'archives', archives: [archive] }, { spanBytes: 1 << 20 });
    return archive;
  }

  function restoreByRange(archive: ArchiveRef, members: readonly string[]) {
    return restoreMany(
      archive,
      { members, directory: out, stream: false, occurrence: undefined, allowUnverified: false },
      { decode, decodeFrames, stdout: async () => undefined },
    );
  }

  it('are read in one pass if they are most of it, and verified by the index', async () => {
    const { restored, failed } = await restoreByRange(await indexed(), ['d/*']);
    expect(failed).toEqual([]);
    expect(restored.map(({ member }) => member).sort()).toEqual(names);
    expect(new Set(restored.map((one) => `${one.method} ${one.verified_by}`))).toEqual(
      new Set(['streamed sha256']),
    );
    expect(restored.reduce((sum, one) => sum + one.requests, 0)).toBe(1);
    for (const [i, name] of names.entries()) expect(read(name)).toBe(noise(3000, i).toString('latin1'));
  });

  it('are read by range if they are few', async () => {
    const { restored } = await restoreByRange(await indexed(), ['d/f00*']);
    expect(restored.map(({ method }) => method)).toEqual(Array.from({ length: 10 }, () => 'ranged'));
  });

  it('never replace a file, and those after it still come back', async () => {
    const archive = await indexed();
    mkdirSync(join(out, 'd'));
    writeFileSync(join(out, 'd/f000'), 'mine');
    const { restored, failed } = await restoreByRange(archive, ['d/*']);
    expect(failed.map(({ member, failure }) => [member, failure.code])).toEqual([
      ['d/f000', 'restore.exists'],
    ]);
    expect(restored).toHaveLength(names.length - 1);
    expect(read('d/f000')).toBe('mine');
  });

  it('come back by range after a damage that ends the pass', async () => {
    const tar = await packTar(names.map((name, i) => ({ name, content: noise(3000, i) })));
    const parts = [0, 1, 2].map((part) =>
      gzipSync(tar.subarray(part * 107_520, part === 2 ? undefined : (part + 1) * 107_520)),
    );
    const bytes = Buffer.concat(parts);
    const archive = place.putUnnoticed('a.tar.gz', bytes);
    await build({ kind: 'archives', archives: [archive] }, { spanBytes: 60_000 });
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, (parts[0]?.length ?? 0) + 1000, (parts[0]?.length ?? 0) + 1100);
    place.putUnnoticed('a.tar.gz', damaged);
    const { restored, failed } = await restoreByRange(archive, ['d/*']);
    expect(restored.length + failed.length).toBe(names.length);
    expect(new Set(restored.map(({ method }) => method))).toEqual(new Set(['streamed', 'ranged']));
    for (const { member } of restored) {
      expect(read(member)).toBe(noise(3000, names.indexOf(member)).toString('latin1'));
    }
    expect(restored.map(({ member }) => member)).toContain(names.at(-1));
  });
});
