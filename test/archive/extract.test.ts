import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Damage } from '../../src/archive/damage.js';
import { type ContentSink, type ExtractOptions, extractMembers } from '../../src/archive/extract.js';
import { decode } from '../support/decoders.js';
import { asyncPieces, Collector, noise, wordy } from './support/bytes.js';
import { packTar } from './support/pack.js';

interface Taken {
  name: string;
  content: Buffer;
  end: string;
}

/** Takes members by name; those of `known` count as checked by their digest. */
function taker(names: readonly string[], known: readonly string[] = []) {
  const taken: Taken[] = [];
  const events: string[] = [];
  const wants: ExtractOptions['wants'] = (member) => {
    if (!names.includes(member.name)) return undefined;
    const collector = new Collector();
    const one: Taken = { name: member.name, content: Buffer.alloc(0), end: 'open' };
    taken.push(one);
    const sink: ContentSink = {
      begin: () => {
        events.push(`begin ${member.name}`);
      },
      write: async (bytes) => collector.add(bytes),
      complete: () => {
        events.push(`complete ${member.name}`);
        one.content = collector.bytes();
        return known.includes(member.name) ? 'checked' : 'unchecked';
      },
      verified: (by) => {
        one.end = by;
      },
      abandon: () => {
        one.end = 'abandoned';
      },
    };
    return sink;
  };
  return { taken, events, wants };
}

const entries = [
  { name: 'a', content: wordy(300_000, 1) },
  { name: 'dir', type: 'directory' as const },
  { name: 'b', content: noise(200_000, 2) },
  { name: 'c', content: '' },
  { name: 'a', content: 'again' },
];

describe('extracting members', () => {
  it('reads any number of them in one pass, verified by the container', async () => {
    const tar = await packTar(entries);
    for (const width of [1000, 100_000, 10_000_000]) {
      const { taken, events, wants } = taker(['a', 'c', 'dir']);
      const result = await extractMembers(asyncPieces(gzipSync(tar), width), { decode, wants });
      expect(result).toMatchObject({ members: 5, extracted: 3, stoppedEarly: false });
      expect(taken.map(({ name, end }) => `${name} ${end}`)).toEqual(
        ['a', 'c', 'a'].map((name) => `${name} container-checksum`),
      );
      expect(taken.map(({ content }) => content.toString())).toEqual([
        entries[0]?.content?.toString(),
        '',
        'again',
      ]);
      expect(events).toEqual(['begin a', 'complete a', 'begin c', 'complete c', 'begin a', 'complete a']);
    }
  });

  it('says that nothing verifies a plain tar', async () => {
    const { taken, wants } = taker(['b']);
    await extractMembers(asyncPieces(await packTar(entries)), { decode, wants });
    expect(taken).toMatchObject([{ name: 'b', end: 'none' }]);
  });

  it('closes the stream early only when every content was checked', async () => {
    const tar = await packTar([...entries, { name: 'tail', content: noise(3_000_000, 3) }]);
    const file = gzipSync(tar);
    const early = taker(['a'], ['a']);
    const result = await extractMembers(asyncPieces(file, 10_000), {
      decode,
      wants: early.wants,
      enough: () => early.taken.length > 0,
    });
    expect(result.stoppedEarly).toBe(true);
    expect(result.bytesRead).toBeLessThan(file.length / 2);
    expect(early.taken).toMatchObject([{ end: 'sha256' }]);
    const unchecked = taker(['a']);
    const whole = await extractMembers(asyncPieces(file, 10_000), {
      decode,
      wants: unchecked.wants,
      enough: () => unchecked.taken.length > 0,
    });
    expect(whole).toMatchObject({ stoppedEarly: false, bytesRead: file.length });
  });

  it('stops at the end of the gzip member that contains what is wanted', async () => {
    const tar = await packTar([...entries, { name: 'tail', content: noise(3_000_000, 3) }]);
    const cut = 1_000_000;
    const file = Buffer.concat([gzipSync(tar.subarray(0, cut)), gzipSync(tar.subarray(cut))]);
    const { taken, wants } = taker(['b']);
    const result = await extractMembers(asyncPieces(file, 10_000), {
      decode,
      wants,
      enough: () => taken.length > 0,
    });
    expect(result.stoppedEarly).toBe(true);
    expect(taken).toMatchObject([{ end: 'container-checksum' }]);
  });

  it.each([
    ['cut', (file: Buffer) => file.subarray(0, -1)],
    ['damaged at its end', (file: Buffer) => Buffer.concat([file.subarray(0, -8), Buffer.alloc(8)])],
  ])('gives what is whole, unproven, when the archive is %s', async (_, damage) => {
    const { taken, wants } = taker(['a', 'b'], ['b']);
    const file = damage(gzipSync(await packTar(entries)));
    const result = await extractMembers(asyncPieces(file), { decode, wants });
    expect(result.damage).toBeInstanceOf(Damage);
    expect(taken.map(({ name, end }) => [name, end])).toEqual([
      ['a', 'none'],
      ['b', 'sha256'],
      ['a', 'none'],
    ]);
  });

  it('abandons a member in which the archive was cut, and returns those before it', async () => {
    const tar = await packTar([
      { name: 'first', content: 'whole' },
      { name: 'second', content: noise(5000, 1) },
    ]);
    const { taken, wants } = taker(['first', 'second']);
    const result = await extractMembers(asyncPieces(tar.subarray(0, 3000)), { decode, wants });
    expect(result.damage).toMatchObject({ kind: 'truncated' });
    expect(taken.map(({ name, end }) => [name, end])).toEqual([
      ['first', 'none'],
      ['second', 'abandoned'],
    ]);
  });

  it('reads a tar without an end, and stops at too many members', async () => {
    const tar = await packTar(entries);
    const { taken, wants } = taker(['b']);
    const result = await extractMembers(asyncPieces(tar.subarray(0, -1024)), { decode, wants });
    expect(result).toMatchObject({ notes: [{ code: 'archive.no_end' }] });
    expect(result.damage).toBeUndefined();
    expect(taken).toMatchObject([{ end: 'none' }]);
    const many = await extractMembers(asyncPieces(tar), { decode, wants, maxMembers: 4 });
    expect(many.damage?.message).toMatch(/too many/);
  });

  it('stops on request', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stop'));
    const { wants } = taker(['a']);
    const work = extractMembers(asyncPieces(gzipSync(await packTar(entries))), {
      decode,
      wants,
      signal: stop.signal,
    });
    await expect(work).rejects.toThrow('stop');
  });
});
