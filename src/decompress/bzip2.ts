import unbzip2 from 'unbzip2-stream';
import { Damage } from '../archive/damage.js';
import type { Decoded } from '../archive/read-archive.js';
import { hasProgram, throughProgram } from './program.js';

/** Decodes a bzip2 file; every block and stream of it has a CRC. */
export function decodeBzip2(source: AsyncIterable<Uint8Array>): Decoded {
  const output = hasProgram('bzip2') ? throughProgram('bzip2', ['-dcq'], source) : inJavaScript(source);
  return { output, checksummed: () => true };
}

/**
 * The fallback for hosts without bzip2: a tenth as fast. The library is of the time before async iteration and
 * decodes within `write`, so it is driven by hand.
 */
async function* inJavaScript(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = unbzip2();
  let outputs: Uint8Array[] = [];
  let fault: Error | undefined;
  decoder.on('data', (bytes: Uint8Array) => outputs.push(bytes));
  decoder.on('error', (error: Error) => {
    fault ??= error;
  });
  const taken = (): Uint8Array[] => {
    if (fault !== undefined) throw new Damage('corrupt', `the bzip2 file is damaged: ${fault.message}`);
    const ready = outputs;
    outputs = [];
    return ready;
  };
  for await (const bytes of source) {
    decoder.write(bytes);
    yield* taken();
  }
  decoder.end();
  yield* taken();
}
