import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/core/glob.js';
import type { ObjectInfo } from '../../src/objectstore/port.js';
import { ArchiveChooser, type Choice } from '../../src/sources/archives/choose.js';
import { openTar } from '../../src/sources/archives/tar-stream.js';

function chosen(objects: Partial<ObjectInfo>[], choice: Partial<Choice> = {}) {
  const chooser = new ArchiveChooser('backups/', { newest: 2, partitionDepth: 1, ...choice });
  for (const one of objects) chooser.add({ key: '', sizeBytes: 1, lastModifiedMs: 0, ...one });
  const { archives, leftOut } = chooser.chosen(Date.UTC(2030, 0, 1));
  return { keys: archives.map((one) => one.info.key.slice('backups/'.length)), leftOut, archives };
}

describe('which archives are searched', () => {
  it("the newest of each series, by the date in their names, whatever the store's clock says", () => {
    const keys = [
      'h1/a-2026-04-09',
      'h1/a-2026-04-10',
      'h1/a-2026-04-08',
      'h2/a-2026-01-01',
      'h1/b-2026-04-01',
    ];
    const objects = keys.map((key, i) => ({ key: `backups/${key}.tar.gz`, lastModifiedMs: 100 - i }));
    const { keys: got, leftOut } = chosen(objects);
    expect(got.sort()).toEqual([
      'h1/a-2026-04-09.tar.gz',
      'h1/a-2026-04-10.tar.gz',
      'h1/b-2026-04-01.tar.gz',
      'h2/a-2026-01-01.tar.gz',
    ]);
    expect(leftOut).toBe(1);
  });

  it('without a date, by the clock and then by number, not by spelling', () => {
    const object = (n: number, lastModifiedMs = 0): Partial<ObjectInfo> => ({
      key: `backups/h/nightly-${n}.tar.gz`,
      lastModifiedMs,
    });
    expect(chosen([object(9), object(10), object(8)]).keys).toEqual([
      'h/nightly-10.tar.gz',
      'h/nightly-9.tar.gz',
    ]);
    expect(chosen([object(9, 5), object(10), object(8, 9)]).keys).toEqual([
      'h/nightly-8.tar.gz',
      'h/nightly-9.tar.gz',
    ]);
  });

  it('all of them when asked, and only those whose series fits', () => {
    const objects = ['h/artifacts-1.tar', 'h/artifacts-2.tar', 'h/artifacts-3.tar', 'h/home-1.tar'].map(
      (key) => ({ key: `backups/${key}` }),
    );
    const series = compileGlob('artifacts-*');
    if ('problem' in series) throw new Error(series.problem);
    expect(chosen(objects, { newest: 'all', series }).keys).toHaveLength(3);
    expect(chosen(objects, { newest: 1, series })).toMatchObject({ keys: ['h/artifacts-3.tar'], leftOut: 2 });
  });

  it('listings and indexes belong to their archives and are not archives themselves', () => {
    const keys = ['h/a.tar.gz', 'h/a.tar.gz.list.txt', 'h/a.tar.gz.salvor-index', 'h/notes.txt'];
    const { archives } = chosen(keys.map((key) => ({ key: `backups/${key}` })));
    expect(archives).toHaveLength(1);
    expect(archives[0]?.listing?.key).toBe('backups/h/a.tar.gz.list.txt');
    expect(archives[0]?.index?.key).toBe('backups/h/a.tar.gz.salvor-index');
  });
});

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(16 * 1024 * 1024);
}

describe('the tar inside an archive', () => {
  const never = (): never => {
    throw new Error('not asked for');
  };

  it('several gzip members are one stream; a damaged or cut one throws', async () => {
    const parts = Buffer.concat([gzipSync('first '), gzipSync('second')]);
    const read = async (bytes: Buffer): Promise<string> => {
      const tar = await openTar(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]), never);
      let text = '';
      for await (const piece of tar.output) text += Buffer.from(piece).toString();
      expect(tar.checksummed()).toBe(true);
      return text;
    };
    expect(await read(parts)).toBe('first second');
    await expect(read(parts.subarray(0, parts.length - 3))).rejects.toMatchObject({ name: 'Damage' });
    const flipped = Buffer.from(parts);
    flipped[parts.length - 6] = (flipped[parts.length - 6] ?? 0) ^ 1;
    await expect(read(flipped)).rejects.toMatchObject({ name: 'Damage' });
  });

  it('a bomb is stopped: a small archive that unpacks endlessly', async () => {
    const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]);
    const tar = await openTar(Readable.from([xz]), () => ({ output: endless(), checksummed: () => true }));
    let bytes = 0;
    const drain = async (): Promise<void> => {
      for await (const piece of tar.output) bytes += piece.length;
    };
    await expect(drain()).rejects.toMatchObject({ name: 'Damage', kind: 'limit' });
    expect(bytes).toBeLessThan(400 * 1024 * 1024);
  });

  it('an empty archive is damage, not an archive without members', async () => {
    await expect(openTar(Readable.from([]), never)).rejects.toMatchObject({ name: 'Damage' });
  });
});

it('an archive that is empty or dated in the future is not among the newest', () => {
  const chooser = new ArchiveChooser('', { newest: 1, partitionDepth: 1 });
  const old = { sizeBytes: 5, lastModifiedMs: Date.UTC(2026, 3, 1) };
  chooser.add({ key: 'h/db-2026-04-01.tar', ...old });
  chooser.add({ key: 'h/db-2062-04-02.tar', ...old });
  chooser.add({ key: 'h/db-2026-04-03.tar', ...old, sizeBytes: 0 });
  chooser.add({ key: 'h/db-2026-04-04.tar', ...old, lastModifiedMs: Date.UTC(2099, 0, 1) });
  const { archives, leftOut } = chooser.chosen(Date.UTC(2026, 3, 5));
  expect([archives.map(({ info }) => info.key), leftOut]).toEqual([['h/db-2026-04-01.tar'], 3]);
});
