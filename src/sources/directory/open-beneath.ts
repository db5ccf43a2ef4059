import { constants, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a regular file below a base, one segment after the other and no link followed on the way, so that nobody
 * who can write there can lead the reader to a secret. Undefined when what stands there is no regular file.
 */
export async function openBeneath(base: string, relative: Buffer): Promise<FileHandle | undefined> {
  const segments = split(relative);
  const name = segments.pop();
  if (name === undefined) return undefined;
  let directory = await open(base, constants.O_RDONLY | constants.O_DIRECTORY);
  let path = Buffer.from(base);
  try {
    for (const segment of segments) {
      path = Buffer.concat([path, Buffer.from('/'), segment]);
      const next = await open(childOf(directory, path, segment), DIRECTORY);
      await directory.close();
      directory = next;
    }
    const file = await open(childOf(directory, Buffer.concat([path, Buffer.from('/'), name]), name), FILE);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } finally {
    await directory.close();
  }
}

const HAS_DESCRIPTORS = existsSync('/proc/self/fd');

/** Through the descriptor that is open, not through the path, which may lead elsewhere by now; where there is no /proc, by the path. */
function childOf(directory: FileHandle, path: Buffer, name: Buffer): Buffer {
  return HAS_DESCRIPTORS ? Buffer.concat([Buffer.from(`/proc/self/fd/${directory.fd}/`), name]) : path;
}

function split(path: Buffer): Buffer[] {
  const segments: Buffer[] = [];
  let start = 0;
  for (let end = path.indexOf(0x2f); end >= 0; end = path.indexOf(0x2f, start)) {
    segments.push(path.subarray(start, end));
    start = end + 1;
  }
  segments.push(path.subarray(start));
  return segments.filter(
    (segment) => segment.length > 0 && !['.', '..'].includes(segment.toString('latin1')),
  );
}

/** Larger pieces gain nothing, smaller ones cost a call each. */
const PIECE_BYTES = 1024 * 1024;
/** Enough to see that there is nothing more. */
const PROBE_BYTES = 4096;

/** Reads a file to its end, in pieces that are no larger than it: of small files there are hundreds of thousands. */
export async function* readAll(file: FileHandle): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat();
  let left = size;
  for (;;) {
    const length = Math.min(PIECE_BYTES, Math.max(left, PROBE_BYTES));
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0);
    if (bytesRead === 0) return;
    left = Math.max(0, left - bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}
