import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import { GzipMembers } from '../../../src/archive/gzip/members.js';
import { caseCount } from '../../support/property-runs.js';
import { asyncPieces, collect, wordy } from '../support/bytes.js';

async function read(file: Uint8Array, width: number) {
  const members = new GzipMembers();
  const output = await collect(members.output(asyncPieces(file, width)));
  return { output, provenTo: members.provenTo, trailing: members.trailing };
}

describe('the members of a gzip file', () => {
  it('are decoded and verified for every piece size, and data after them is reported', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(40_000), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '\0\0\0', 'x', '\0\0junk', 'junk'.repeat(1000)),
        fc.integer({ min: 1, max: 5000 }),
        async (sizes, tail, width) => {
          const contents = sizes.map((size, i) => wordy(size, i));
          const file = Buffer.concat(contents.map((content) => gzipSync(content)));
          const { output, provenTo, trailing } = await read(Buffer.concat([file, Buffer.from(tail)]), width);
          expect(output.equals(Buffer.concat(contents))).toBe(true);
          expect(provenTo).toBe(output.length);
          const junk = tail.replace(/^\0+/, '');
          const at = file.length + tail.length - junk.length;
          expect(trailing).toEqual(junk === '' ? undefined : { at, bytes: junk.length });
        },
      ),
      { numRuns: caseCount(40) },
    );
  });

  it('that are cut or changed are damage, after what came before', async () => {
    const first = wordy(30_000, 1);
    const file = Buffer.concat([gzipSync(first), gzipSync(wordy(30_000, 2))]);
    for (const cut of [5, 100, gzipSync(first).length - 3, gzipSync(first).length + 2, file.length - 1]) {
      await expect(read(file.subarray(0, cut), 1000), `cut at ${cut}`).rejects.toThrow(Damage);
    }
    const changed = Buffer.from(file);
    changed[changed.length - 6] = (changed[changed.length - 6] ?? 0) ^ 1;
    const members = new GzipMembers();
    let bytes = 0;
    await expect(
      (async () => {
        for await (const piece of members.output(asyncPieces(changed))) bytes += piece.length;
      })(),
    ).rejects.toThrow(/CRC-32/);
    expect(bytes).toBe(60_000);
    expect(members.provenTo).toBe(30_000);
  });
});
