import { decodersFor } from '../../src/decompress/decode.js';

/** With the default limits. */
export const { decode, decodeFrames } = decodersFor(undefined);
