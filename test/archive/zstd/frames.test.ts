import { describe, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import { type ZstdFrame, ZstdFrames } from '../../../src/archive/zstd/frames.js';
import { pieces } from '../support/bytes.js';

/** 112 bytes of text, with content size and checksum; the same from a pipe, without either. */
const CHECKED = Buffer.from('KLUv/SRwrQAAcGhlbGxvIGZpeHR1cmUgAQAf01QCuwcGlQ==', 'base64');
const UNCHECKED = Buffer.from('KLUv/QBYrQAAcGhlbGxvIGZpeHR1cmUgAQAf01QC', 'base64');
const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
const EMPTY_SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);

function framesOf(bytes: Uint8Array, width: number): ZstdFrame[] {
  const found: ZstdFrame[] = [];
  const walker = new ZstdFrames((frame) => found.push(frame));
  for (const piece of pieces(bytes, width)) walker.push(piece);
  walker.finish();
  return found;
}

describe('the frames of a zstd file', () => {
  const file = Buffer.concat([CHECKED, SKIPPABLE, UNCHECKED, EMPTY_SKIPPABLE, CHECKED]);

  it('are found in pieces of any width', () => {
    const ends = [CHECKED, SKIPPABLE, UNCHECKED, EMPTY_SKIPPABLE, CHECKED].map(
      (_, i, all) => Buffer.concat(all.slice(0, i + 1)).length,
    );
    for (const width of [1, 2, 3, 5, 17, 1000]) {
      const found = framesOf(file, width);
      expect(found.map(({ end }) => end)).toEqual(ends);
      expect(found.map(({ start }) => start)).toEqual([0, ...ends.slice(0, -1)]);
      expect(found.map(({ outputBytes }) => outputBytes)).toEqual([112, 0, undefined, 0, 112]);
      expect(found.map(({ checksummed }) => checksummed)).toEqual([true, true, false, true, true]);
    }
  });

  it('are damage when they are cut, once their magic is there', () => {
    for (let cut = 0; cut < CHECKED.length; cut += 1) {
      expect(() => framesOf(CHECKED.subarray(0, cut), 4), `cut at ${cut}`).toThrow(Damage);
      expect(() => framesOf(Buffer.concat([SKIPPABLE, CHECKED.subarray(0, Math.max(cut, 4))]), 4)).toThrow(
        Damage,
      );
    }
  });

  it('are refused if the first is invalid, and trailing bytes are detected', () => {
    expect(() => framesOf(Buffer.from('this is no zstd file'), 4)).toThrow(Damage);
    const frames = new ZstdFrames(() => undefined);
    frames.push(CHECKED);
    for (const byte of Buffer.from('garbage')) frames.push(Buffer.of(byte));
    frames.finish();
    expect(frames.trailing).toEqual({ at: CHECKED.length, bytes: 7 });
  });
});
