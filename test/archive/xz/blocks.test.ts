import { describe, expect, it } from 'vitest';
import { type XzBlock, XzBlocks } from '../../../src/archive/xz/blocks.js';
import { streamEnd } from '../../../src/archive/xz/stream-end.js';
import { STREAM_HEADER_BYTES } from '../../../src/archive/xz/stream-header.js';
import { pieces } from '../support/bytes.js';

/** 6,000 bytes in blocks of 2,048, as `xz --block-size=2048` wrote them; without sizes in the headers of the blocks. */
const CRC64 =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Af/ABZdADCYiJFFUxUZja4zY9vLtSNQPEQwAAAAAABLD7W+REIjqQIAIQEWAAAAdC/lo+AH/wAWXQAwmIiRRVMVGY2uM2Pby7UjUDxEMAAAAAAASw+1vkRCI6kCACEBFgAAAHQv5aPgB28AFF0AMJiIkUVTFRmNrjNj28u1IjfYFAAApt83W4L9r58AAzKAEDKAEDDwDgDRUh8OFBc7MAMAAAAABFla';
const SHA256 =
  '/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4Af/ABZdADCYiJFFUxUZja4zY9vLtSNQPEQwAAAAAAC9yjnmj2QuvOh9XBeYfy22IRtciJUjcWP8ZV7fMe4T5AIAIQEWAAAAdC/lo+AH/wAWXQAwmIiRRVMVGY2uM2Pby7UjUDxEMAAAAAAAvco55o9kLrzofVwXmH8ttiEbXIiVI3Fj/GVe3zHuE+QCACEBFgAAAHQv5aPgB28AFF0AMJiIkUVTFRmNrjNj28u1IjfYFAAAUxn4bBV807yW6vcAmAntRww2CtKcPTKraWG/vwuA4N8AA0qAEEqAEEjwDgCCgY2aEzqD1wMAAAAAClla';

function walk(bytes: Uint8Array, width: number): { found: XzBlock[]; blocks: XzBlocks } {
  const found: XzBlock[] = [];
  const blocks = new XzBlocks((block) => found.push(block));
  for (const piece of pieces(bytes, width)) blocks.push(piece);
  return { found, blocks };
}

describe.each([
  ['with a CRC-64 per block', Buffer.from(CRC64, 'base64')],
  ['with a SHA-256 per block', Buffer.from(SHA256, 'base64')],
])('an xz file %s', (_, file) => {
  it('has its three blocks, whatever the width of the pieces', () => {
    for (let width = 1; width <= file.length; width += 1) {
      const { found, blocks } = walk(file, width);
      expect(found.map(({ outputBytes, checked, stream }) => ({ outputBytes, checked, stream }))).toEqual([
        { outputBytes: 2048, checked: true, stream: 1 },
        { outputBytes: 2048, checked: true, stream: 1 },
        { outputBytes: 1904, checked: true, stream: 1 },
      ]);
      expect({ width, known: blocks.known, trailing: blocks.trailing, to: blocks.certainTo }).toEqual({
        ...{ width, known: true, trailing: undefined, to: file.length },
      });
    }
  });

  it('gets exactly its own index and footer from its blocks', () => {
    const { found, blocks } = walk(file, file.length);
    const end = streamEnd(found, blocks.streamHeader);
    expect(Buffer.from(end).equals(file.subarray(file.length - end.length))).toBe(true);
    expect(found.at(-1)?.end).toBe(file.length - end.length);
  });

  it('cut down to one block from its middle is an xz file again', () => {
    const { found, blocks } = walk(file, file.length);
    const [first, second] = found;
    if (first === undefined || second === undefined) throw new Error('no blocks');
    const whole = Buffer.concat([
      file.subarray(0, STREAM_HEADER_BYTES),
      file.subarray(first.end, second.end),
      streamEnd([second], blocks.streamHeader),
    ]);
    const again = walk(whole, whole.length);
    expect(again.found.map(({ outputBytes }) => outputBytes)).toEqual([2048]);
    expect(again.blocks.trailing).toBeUndefined();
    expect(again.blocks.certainTo).toBe(whole.length);
  });

  it('followed by itself has six blocks, in two streams', () => {
    const { found, blocks } = walk(Buffer.concat([file, file]), 11);
    expect(found.map(({ stream }) => stream)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(blocks.trailing).toBeUndefined();
  });

  it('followed by other data says where it begins', () => {
    for (const junk of [Buffer.from('junk after the end'), Buffer.alloc(3, 1)]) {
      for (let width = 1; width <= file.length + junk.length; width += 5) {
        const { blocks } = walk(Buffer.concat([file, junk]), width);
        expect(blocks.certainTo).toBe(file.length);
      }
    }
    const { blocks } = walk(Buffer.concat([file, Buffer.from('junk after the end')]), 9);
    expect(blocks.trailing).toEqual({ at: file.length, bytes: 18 });
  });
});
