import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import type { IndexedMember } from '../../../src/archive/index/member.js';
import { IndexReader } from '../../../src/archive/index/reader.js';
import { MemberReader } from '../../../src/archive/ranged.js';
import { listOf } from '../../../src/core/groups.js';
import { asyncPieces, collect, wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { caseCount } from '../../support/property-runs.js';
import { build, TestStore } from './support.js';

let place: TestStore;
beforeEach(() => {
  place = new TestStore();
});
afterEach(() => place.remove());

const COUNT = 200;
const contentOf = (name: string): Buffer => wordy(3000 + Number(name.slice(1)), Number(name.slice(1)));

interface World {
  index: IndexReader;
  members: IndexedMember[];
  bytes: Buffer;
  /** The ranges that were read of the archive. */
  reads: [number, number][];
  reader: MemberReader;
}

async function opened(spanBytes: number): Promise<World> {
  const entries = Array.from({ length: COUNT }, (_, i) => ({ name: `f${i}`, content: contentOf(`f${i}`) }));
  const archive = place.put('a.tar.gz', gzipSync(await packTar(entries)));
  const ran = await build({ kind: 'archives', archives: [archive] }, { spanBytes });
  expect(ran).toMatchObject({ exitCode: 0 });
  const bytes = place.read('a.tar.gz');
  const indexBytes = place.read('a.tar.gz.salvor-index');
  const index = await IndexReader.open(indexBytes.length, async (start, end) =>
    indexBytes.subarray(start, end),
  );
  const reads: World['reads'] = [];
  const readArchive = (start: number, end: number): AsyncIterable<Uint8Array> => {
    reads.push([start, end]);
    return asyncPieces(bytes.subarray(start, end), 4096);
  };
  const reader = new MemberReader(index, { readArchive });
  const members = (await listOf(index.members())).sort((a, b) => a.dataAt - b.dataAt);
  return { index, members, bytes, reads, reader };
}

async function expectContent(reader: MemberReader, member: IndexedMember): Promise<void> {
  const content = await collect(reader.read(member));
  expect(content.equals(contentOf(member.name)), member.name).toBe(true);
}

it('members in the order of the archive cost one read of it', async () => {
  const { reader, members, reads, bytes } = await opened(100_000);
  for (const member of members) await expectContent(reader, member);
  await reader.close();
  const read = reads.reduce((sum, [start, end]) => sum + end - start, 0);
  // A member across the end of a span is read with both.
  expect(read).toBeLessThan(2.5 * bytes.length);
  expect(reads.length).toBeLessThan(30);
});

it('in one span, members in any order cost one read of it', async () => {
  const { reader, members, reads } = await opened(10_000_000);
  const shuffled = members.map((member, i) => ({ member, rank: (i * 7919) % COUNT }));
  shuffled.sort((a, b) => a.rank - b.rank);
  for (const { member } of shuffled) await expectContent(reader, member);
  await reader.close();
  expect(reads).toHaveLength(1);
});

it('gives every member in any order, also where some are left before their end', async () => {
  const { reader, members } = await opened(60_000);
  const step = fc.record({
    at: fc.nat({ max: COUNT - 1 }),
    whole: fc.boolean(),
    offset: fc.nat({ max: 3000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      for (const { at, whole, offset } of steps) {
        const member = members[at] as IndexedMember;
        if (whole) await expectContent(reader, member);
        const rest = await collect(reader.readFrom(member, offset));
        expect(rest.equals(contentOf(member.name).subarray(offset))).toBe(true);
        for await (const _ of reader.read(members[(at * 31) % COUNT] as IndexedMember)) break;
      }
    }),
    { numRuns: caseCount(40) },
  );
  await reader.close();
});

it('after damage, the members of other spans and those before it in the span are read as ever', async () => {
  const { reader, members, bytes, index } = await opened(100_000);
  const middle = members[COUNT / 2] as IndexedMember;
  const [span] = await index.checkpoints(middle.dataAt, middle.dataAt + 1);
  const at = ((span?.compressedAt ?? 0) + (span?.compressedEnd ?? 0)) >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  const outcomes: boolean[] = [];
  for (const member of members) {
    const content = await collect(reader.read(member)).catch((error: unknown) => {
      expect(error).toBeInstanceOf(Damage);
      return Buffer.alloc(0);
    });
    outcomes.push(content.equals(contentOf(member.name)));
  }
  await reader.close();
  expect(outcomes.indexOf(false)).toBeGreaterThan(40);
  expect(outcomes.lastIndexOf(false)).toBeLessThan(COUNT - 40);
});
