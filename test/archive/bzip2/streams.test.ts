import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bzip2Streams } from '../../../src/archive/bzip2/streams.js';
import { pieces } from '../support/bytes.js';

/** Files that bzip2 1.0.8 wrote. */
const EMPTY = 'QlpoORdyRThQkAAAAAA=';
const HELLO = 'QlpoOTFBWSZTWVSkl4QAAALRgAAQQAQGRJCAIAAxADAgaGIASdSyHz8XckU4UJBUpJeE';
const SECOND = 'QlpoMTFBWSZTWZZHEZ8AAAhRgAAQQAAuQ5wAIAAxANABEMamJ+qdS21VnjAcYXxdyRThQkJZHEZ8';
/** Three blocks, the marks of the second and the third not at whole bytes. */
const BLOCKS =
  'QlpoMTFBWSZTWfvRfAYAYaMYAAAEfwAgAHBDAgTVTSHqalAmRQJ2KBPIoE9SgT5KBNSgTNipFU/MUFZJlNZlvfw1QBFvRgAAAR/ACAAcEMCBNVAHooEylAmkoE2lAnEoE52KBPRQJmKkVT5igrJMprIRDFhKAIYDMAAACP4AQADghgQFKieo9TQKDPIFBkCg6BQegUHwFBoFBtBJK/F3JFOFCQyiw9lQ';

const file = (...streams: string[]): Buffer =>
  Buffer.concat(streams.map((stream) => Buffer.from(stream, 'base64')));
const FILES: [string, Buffer][] = [
  ['an empty stream', file(EMPTY)],
  ['one block', file(HELLO)],
  ['three blocks', file(BLOCKS)],
  ['streams one after the other', file(HELLO, BLOCKS, EMPTY, SECOND)],
];

function walk(bytes: Uint8Array, width: number): Bzip2Streams {
  const streams = new Bzip2Streams();
  for (const piece of pieces(bytes, width)) streams.push(piece);
  streams.finish();
  return streams;
}

describe.each(FILES)('%s', (_, bytes) => {
  it('belongs to streams up to its last byte, whatever the width of the pieces', () => {
    for (let width = 1; width <= bytes.length; width += 1) {
      const streams = walk(bytes, width);
      expect({ width, trailing: streams.trailing, certainTo: streams.certainTo }).toEqual({
        ...{ width, trailing: undefined, certainTo: bytes.length },
      });
    }
  });

  it.each([
    ['zeros', Buffer.alloc(40)],
    ['one byte', Buffer.from('x')],
    ['text', Buffer.from('BZip is not what this is')],
    ['the start of a header with an impossible block size', Buffer.from('BZh0')],
    ['a header without a block', Buffer.from('BZh9 and something else')],
  ])('with %s after it: says where the other data begins', (_what, junk) => {
    for (let width = 1; width <= bytes.length + junk.length; width += 7) {
      const streams = walk(Buffer.concat([bytes, junk]), width);
      expect({ width, ...streams.trailing, certainTo: streams.certainTo }).toEqual({
        ...{ width, at: bytes.length, bytes: junk.length, certainTo: bytes.length },
      });
    }
  });

  it('cut anywhere: never says that what is missing is other data', () => {
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const { trailing } = walk(bytes.subarray(0, cut), cut);
      // After the end of a whole stream, less than a header is no stream yet.
      const isCutInHeader = trailing !== undefined && trailing.bytes < 4 && cut < bytes.length;
      expect(trailing === undefined || isCutInHeader, `cut at ${cut}`).toBe(true);
    }
  });
});

it('what is no bzip2 at all never ends a stream, in any pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (bytes, width) => {
      const streams = walk(bytes, width);
      expect(streams.certainTo).toBeLessThanOrEqual(bytes.length);
      expect(streams.trailing).toBeUndefined();
    }),
  );
});
