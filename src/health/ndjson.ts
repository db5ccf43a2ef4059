import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../core/failure.js';
import { healthEventJson } from './event.js';
import { fileFailure } from './file-failure.js';
import { syncDirectory } from './replace-file.js';
import type { HealthSink } from './sink.js';

/**
 * Opened for reading too, because the end of the file is checked. This also keeps a FIFO without a reader from
 * blocking.
 */
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
const NEWLINE = 0x0a;

/**
 * Appends each event to `path` as one line of JSON, in one write, and syncs it. Several processes may write to one
 * file. If a crash or a full disk cut a line short, a line break is written before the next event, so only that line is
 * lost. Readers skip empty lines and lines that do not parse.
 */
export function ndjsonSink(path: string): HealthSink {
  return {
    name: `ndjson:${path}`,
    async write(event) {
      const line = Buffer.from(`${JSON.stringify(healthEventJson(event))}\n`);
      try {
        await append(path, line);
      } catch (thrown) {
        throw fileFailure(path, thrown);
      }
    },
  };
}

async function append(path: string, line: Buffer): Promise<void> {
  const file = await open(path, APPEND, 0o640);
  let created: boolean;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Failure('health.file_unwritable', `${path} is not a regular file`);
    created = stat.size === 0;
    const bytes = (await endsInMidLine(file, stat.size)) ? Buffer.concat([Buffer.of(NEWLINE), line]) : line;
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) {
      throw new Failure('health.file_unwritable', `${path}: only a part of the event was written`, {
        hint: 'check whether the disk is full',
      });
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (created) await syncDirectory(dirname(path));
}

async function endsInMidLine(file: FileHandle, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return false;
  const last = Buffer.alloc(1);
  const { bytesRead } = await file.read(last, 0, 1, sizeBytes - 1);
  return bytesRead === 1 && last[0] !== NEWLINE;
}
