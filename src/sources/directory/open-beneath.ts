import { constants, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a regular file below a base, segment by segment and without following links, so that no one who can write there
 * can redirect the reader to a secret. Undefined if it is not a regular file.
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

/** Uses the open descriptor instead of the path, which may lead elsewhere by now. Without /proc, uses the path. */
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

/** Larger pieces are not faster, and smaller ones cost more calls. */
const PIECE_BYTES = 1024 * 1024;
/** Enough to detect the end of the file. */
const PROBE_BYTES = 4096;

/**
 * Reads a file to its end in pieces no larger than the file, because there may be hundreds of thousands of small files.
 */
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
