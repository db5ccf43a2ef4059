import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StopRequest } from '../../../src/core/stop.js';
import { noise } from '../../archive/support/bytes.js';
import { tarListing } from '../../archive/support/gnu-tar.js';
import { packTar } from '../../archive/support/pack.js';
import { build, codeOf, TestStore } from './support.js';

let place: TestStore;
let good: Buffer;
beforeEach(async () => {
  place = new TestStore();
  good = gzipSync(
    await packTar([
      { name: './a', content: 'alpha' },
      { name: 'dir', type: 'directory' },
    ]),
  );
});
afterEach(() => place.remove());

const missing = () => build({ kind: 'missing', stores: [place.store] });

describe('listings build', () => {
  it('writes the listing that tar -tvf prints, and an index', async () => {
    const archive = place.put('a.tar.gz', good);
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
      exitCode: 0,
      summary: { archives_total: 1, built: 1, failed: 0, members: 2, bytes_read: good.length },
    });
    expect(place.read('a.tar.gz.list.txt').toString()).toBe(tarListing(good, '-z'));
    expect(place.names()).toEqual(['a.tar.gz', 'a.tar.gz.list.txt', 'a.tar.gz.salvor-index']);
  });

  it('replaces nothing unless requested', async () => {
    const archive = place.put('a.tar.gz', good);
    place.put('a.tar.gz.list.txt', 'mine\n');
    const work = { kind: 'archives', archives: [archive] } as const;
    expect(await build(work)).toMatchObject({ exitCode: 1, codes: ['sibling.exists'] });
    expect(place.read('a.tar.gz.list.txt').toString()).toBe('mine\n');
    expect(place.names()).not.toContain('a.tar.gz.salvor-index');
    expect(await build(work, { replace: true })).toMatchObject({ exitCode: 0 });
    expect(place.read('a.tar.gz.list.txt').toString()).not.toBe('mine\n');
  });

  it.each([
    ['truncated', (file: Buffer) => file.subarray(0, -1), 'archive.truncated'],
    [
      'corrupt',
      (file: Buffer) => Buffer.concat([file.subarray(0, -8), Buffer.alloc(8, 1)]),
      'archive.corrupt',
    ],
    ['empty', () => Buffer.alloc(0), 'archive.empty'],
    ['not tar', () => gzipSync('x'.repeat(2000)), 'archive.unsupported'],
    ['without a member', () => gzipSync(Buffer.alloc(0)), 'archive.no_members'],
    ['nothing but zeros', () => Buffer.alloc(10_240), 'archive.no_members'],
    ['an HTML page', () => Buffer.from(`<!DOCTYPE html><html>${'x'.repeat(600)}`), 'archive.unsupported'],
  ])('leaves no sibling of an archive that is %s', async (_, damage, code) => {
    const archive = place.put('a.tar.gz', damage(good));
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
      exitCode: 1,
      codes: [code],
    });
    expect(place.names()).toEqual(['a.tar.gz']);
  });

  it('with --no-index writes the listing only', async () => {
    await build({ kind: 'archives', archives: [place.put('a.tar.gz', good)] }, { index: false });
    expect(place.names()).toEqual(['a.tar.gz', 'a.tar.gz.list.txt']);
  });

  it('is the same in every time zone that tar is asked in', async () => {
    const before = process.env.TZ;
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/St_Johns']) {
      process.env.TZ = zone;
      const archive = place.put(`${zone.replace('/', '-')}.tar.gz`, good);
      await build({ kind: 'archives', archives: [archive] });
      expect(place.read(`${archive.key}.list.txt`).toString()).toBe(tarListing(good, '-z'));
    }
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
});

describe('listings build --missing', () => {
  beforeEach(() => {
    for (const name of ['a.tar.gz', 'b.tar', 'c.tar.gz', 'canary.tar.gz', 'empty.tgz']) {
      place.put(name, good);
    }
    place.put('a.tar.gz.list.txt', 'good\n');
    place.put('a.tar.gz.salvor-index', 'good');
    place.put('c.tar.gz.list.txt', 'good\n');
    place.put('empty.tgz.list.txt', '');
    place.put('notes.txt', 'no archive');
  });

  it('writes what is missing, keeps what exists, and never touches the canary', async () => {
    const first = await missing();
    expect(first).toMatchObject({
      exitCode: 0,
      summary: { archives_total: 4, built: 3, skipped: 1, canaries: 1, failed: 0 },
    });
    expect(place.read('a.tar.gz.list.txt').toString()).toBe('good\n');
    expect(place.read('c.tar.gz.list.txt').toString()).toBe('good\n');
    expect(place.read('empty.tgz.list.txt').toString()).toContain('alpha'.slice(0, 1));
    expect(place.names()).toContain('c.tar.gz.salvor-index');
    expect(place.names().filter((name) => name.startsWith('canary'))).toEqual(['canary.tar.gz']);
    expect(await missing()).toMatchObject({ exitCode: 0, summary: { built: 0, skipped: 4 } });
  });

  it('with --dry-run says what it would do, and does nothing', async () => {
    const before = place.names();
    const ran = await build({ kind: 'missing', stores: [place.store] }, { dryRun: true });
    expect(ran).toMatchObject({ exitCode: 0, summary: { planned: 3, built: 0, skipped: 1 } });
    expect(ran.codes).toEqual(Array(3).fill('listing.would_build'));
    expect(place.names()).toEqual(before);
  });

  it('continues after a damaged archive, and is not green', async () => {
    place.put('b.tar', good.subarray(0, 20));
    expect(await missing()).toMatchObject({ exitCode: 1, summary: { built: 2, failed: 1 } });
  });

  it('does not succeed if there is no archive', async () => {
    const empty = new TestStore();
    expect(await codeOf(build({ kind: 'missing', stores: [empty.store] }))).toBe('archive.none_found');
    empty.remove();
  });

  it('stops on request, leaves nothing half done, and completes when it is run again', async () => {
    place.put(
      'large.tar.gz',
      gzipSync(await packTar([{ name: 'n', content: noise(3_000_000, 1) }]), { level: 1 }),
    );
    const stop = new AbortController();
    stop.abort(new StopRequest('SIGTERM'));
    expect(await build({ kind: 'missing', stores: [place.store] }, {}, stop.signal)).toMatchObject({
      exitCode: 143,
    });
    expect(await missing()).toMatchObject({ exitCode: 0, summary: { built: 4 } });
    expect(place.names().filter((name) => name.startsWith('.salvor-'))).toEqual([]);
  });
});
