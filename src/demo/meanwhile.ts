import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FLIPPED = 'datasets/expression-3.csv';
const REWRITTEN = 'figures/panel-4.svg';
const DELETED = 'notebooks/analysis-5.ipynb';

/**
 * Damages files whose digests are recorded: flips one bit of the first and keeps its size and time, rewrites the
 * second, and deletes the third. The scrub reports each differently.
 */
export function passTime(root: string): void {
  const flipped = join(root, FLIPPED);
  const { atime, mtime } = statSync(flipped);
  const bytes = readFileSync(flipped);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(flipped, bytes);
  utimesSync(flipped, atime, mtime);
  rmSync(join(root, DELETED));
  writeFileSync(
    join(root, REWRITTEN),
    '<svg xmlns="http://www.w3.org/2000/svg"><text>revised</text></svg>\n',
  );
}
